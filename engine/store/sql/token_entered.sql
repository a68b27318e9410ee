-- A token that was let in has passed its entry, so its first passed step says when; one that was not has none. `at` is
-- hidden behind a plus: SQLite would rather read every step of the workspace.
-- Earlier tokens that have taken no step are ahead of this one: who is let in first must be decided first.
SELECT ord, max(entered_at), count(due_at), max(due_at)
FROM (
    SELECT r.ord, CASE WHEN p.token <> r.id THEN (
        SELECT min(+s.at)
        FROM trace AS s
        WHERE s.workspace = p.workspace AND s.token = p.token AND s.action = 'passed'
    ) END AS entered_at, CASE WHEN p.token < r.id THEN (
        SELECT t.due_at
        FROM token AS t
        WHERE t.workspace = p.workspace AND t.id = p.token AND t.state IN ('ready', 'held', 'ejected') AND t.seq = 0
    ) END AS due_at
    FROM ROWS(ord bigint, workspace uuid, contact uuid, program uuid, id uuid) AS r
    JOIN participation AS p ON p.workspace = r.workspace AND p.contact = r.contact AND p.program = r.program
) AS x
GROUP BY ord
