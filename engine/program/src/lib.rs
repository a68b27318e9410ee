//! What a program is and what it does: graph, node kinds, checker, step function, simulator. Pure.
