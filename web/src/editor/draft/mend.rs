//! One-click fixes of the checker's findings.

use std::collections::HashSet;

use program::{Fix, Kind, Node, NodeId, Problem};

use super::{
    Deed, Done, Draft, Gap, Refusal,
    edit::{add, splice, with_field},
    shape::{free_id, gaps_to, lead, take_out},
};

impl Draft {
    /// Does what one click does about a problem.
    pub fn fix(&mut self, problem: &Problem) -> Done {
        let here = || problem.node.clone().ok_or(Refusal::Gone);
        let mut program = (*self.program).clone();
        let mut show: Option<NodeId> = problem.node.clone();
        match problem.fix.as_ref().ok_or(Refusal::Gone)? {
            Fix::AddEntry => {
                let mut entry = Node::new(Kind::way_in());
                let led: Vec<NodeId> = program.nodes.values().flat_map(|node| node.next.values().cloned()).collect();
                let first = program.nodes.iter().find(|(id, node)| !led.contains(id) && !node.kind.is_entry());
                entry.next = first.map(|(id, _)| (program::Port::NEXT, id.clone())).into_iter().collect();
                let id = free_id(&program, "entry", &HashSet::new());
                program.nodes.shift_insert(0, id.clone(), entry);
                show = Some(id);
            }
            Fix::Disconnect { port } => lead(program.nodes.get_mut(&here()?).ok_or(Refusal::Gone)?, port, None),
            Fix::Finish { port } => {
                let gap = Gap { from: here()?, port: port.clone() };
                add(&mut program, Node::new(Kind::end()), Some(&gap))?;
            }
            Fix::Remove { nodes } => {
                nodes.iter().for_each(|id| drop(take_out(&mut program, id)));
                show = None;
            }
            Fix::Set { field, value } => program = with_field(&program, &here()?, field, value.clone())?,
            Fix::WaitBefore { duration } => {
                let here = here()?;
                let gaps: Vec<Gap> = gaps_to(&program, &here).collect();
                let (first, rest) = gaps.split_first().ok_or(Refusal::Gone)?;
                let wait = free_id(&program, "wait", &HashSet::new());
                splice(&mut program, wait.clone(), Node::new(Kind::pause(*duration)), Some(first))?;
                for gap in rest {
                    lead(program.nodes.get_mut(&gap.from).ok_or(Refusal::Gone)?, &gap.port, Some(wait.clone()));
                }
                show = Some(wait);
            }
        }
        self.commit(Deed::Fix(problem.code.clone()), program);
        if let Some(node) = show {
            self.select([node]);
        }
        Ok(())
    }
}
