-- What the server's clock says now, and not when a transaction began.
SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)
