-- The five questions in the best DuckDB SQL known to us; what each asks: ../behaviour.h. 604800000 is a week in ms,
-- 2592000000 are 30 days. The fastest known formulation of a question comes before slow ones, which are
-- given up against it.

-- name: funnel.asof
WITH s1 AS (SELECT person, at_ms FROM {events} WHERE kind = 3),
s2 AS (SELECT e.person, e.at_ms, s1.at_ms AS began FROM {events} e ASOF JOIN s1 ON e.person = s1.person AND e.at_ms >= s1.at_ms
       WHERE e.kind = 4 AND e.at_ms - s1.at_ms <= 604800000),
s3 AS (SELECT e.person, e.at_ms, s2.began FROM {events} e ASOF JOIN s2 ON e.person = s2.person AND e.at_ms >= s2.at_ms
       WHERE e.kind = 5 AND e.at_ms - s2.began <= 604800000),
s4 AS (SELECT e.person FROM {events} e ASOF JOIN s3 ON e.person = s3.person AND e.at_ms >= s3.at_ms
       WHERE e.kind = 6 AND e.at_ms - s3.began <= 604800000),
n AS (SELECT (SELECT count(DISTINCT person) FROM s1) AS n1, (SELECT count(DISTINCT person) FROM s2) AS n2,
             (SELECT count(DISTINCT person) FROM s3) AS n3, (SELECT count(DISTINCT person) FROM s4) AS n4)
SELECT level, people FROM (SELECT unnest([1, 2, 3, 4]) AS level, unnest([n1 - n2, n2 - n3, n3 - n4, n4]) AS people FROM n) WHERE people > 0

-- name: retention.bits
WITH p AS (SELECT bit_or(1::UINTEGER << ((at_ms - {t0}) // 604800000)::UINTEGER) AS m FROM {events} WHERE kind = 6 GROUP BY person),
g AS (SELECT m, count(*) AS n FROM p GROUP BY m),
x AS (SELECT m, n, log2((m::BIGINT & -(m::BIGINT))::DOUBLE)::INTEGER AS c FROM g)
SELECT c, k, sum(n)::BIGINT FROM x, range(0, 13) r(k) WHERE (m::BIGINT >> (c + k)::BIGINT) & 1 = 1 GROUP BY c, k

-- name: segment.in_sets
SELECT count(*) FROM (
  SELECT person FROM {events} WHERE at_ms >= {now-30d} AND kind IN (6, 8)
    AND person IN (SELECT person FROM tags WHERE tag = 1) AND person NOT IN (SELECT person FROM tags WHERE tag = 2)
  GROUP BY person HAVING count(*) FILTER (kind = 6) >= 2 AND sum(amount_fen) FILTER (kind = 6) >= 20000
    AND count(*) FILTER (kind = 8 AND at_ms >= {now-14d}) = 0)
-- name: segment.tags_last
SELECT count(*) FROM (
  SELECT person FROM {events} WHERE at_ms >= {now-30d} AND kind IN (6, 8)
  GROUP BY person HAVING count(*) FILTER (kind = 6) >= 2 AND sum(amount_fen) FILTER (kind = 6) >= 20000
    AND count(*) FILTER (kind = 8 AND at_ms >= {now-14d}) = 0) x
WHERE EXISTS (SELECT 1 FROM tags t WHERE tag = 1 AND t.person = x.person) AND NOT EXISTS (SELECT 1 FROM tags t WHERE tag = 2 AND t.person = x.person)
-- name: segment.payments_first
SELECT count(*) FROM (
  SELECT person FROM {events} WHERE kind = 6 AND at_ms >= {now-30d}
  GROUP BY person HAVING count(*) >= 2 AND sum(amount_fen) >= 20000) x
WHERE EXISTS (SELECT 1 FROM tags t WHERE tag = 1 AND t.person = x.person) AND NOT EXISTS (SELECT 1 FROM tags t WHERE tag = 2 AND t.person = x.person)
  AND NOT EXISTS (SELECT 1 FROM {events} o WHERE o.kind = 8 AND o.at_ms >= {now-14d} AND o.person = x.person)

-- name: rfm.thresholds
WITH a AS MATERIALIZED (SELECT max(at_ms) AS l, count(*) AS f, sum(amount_fen)::BIGINT AS m FROM {events} WHERE kind = 6 GROUP BY person),
q AS (SELECT quantile_disc(l, [0.2, 0.4, 0.6, 0.8]) AS tl, quantile_disc(f, [0.2, 0.4, 0.6, 0.8]) AS tf, quantile_disc(m, [0.2, 0.4, 0.6, 0.8]) AS tm FROM a)
SELECT 1 + (l > tl[1])::INT + (l > tl[2])::INT + (l > tl[3])::INT + (l > tl[4])::INT AS R_,
  1 + (f > tf[1])::INT + (f > tf[2])::INT + (f > tf[3])::INT + (f > tf[4])::INT AS F_,
  1 + (m > tm[1])::INT + (m > tm[2])::INT + (m > tm[3])::INT + (m > tm[4])::INT AS M_, count(*), sum(m)::BIGINT
FROM a, q GROUP BY ALL
-- name: rfm.ranks
WITH a AS (SELECT max(at_ms) AS l, count(*) AS f, sum(amount_fen)::BIGINT AS m FROM {events} WHERE kind = 6 GROUP BY person),
w AS (SELECT m, 1 + 5 * (rank() OVER (ORDER BY l) - 1) // count(*) OVER () AS R_, 1 + 5 * (rank() OVER (ORDER BY f) - 1) // count(*) OVER () AS F_,
  1 + 5 * (rank() OVER (ORDER BY m) - 1) // count(*) OVER () AS M_ FROM a)
SELECT R_, F_, M_, count(*), sum(m)::BIGINT FROM w GROUP BY ALL

-- name: first_touch.asof
SELECT CASE WHEN t.at_ms <= p.at_ms THEN t.channel ELSE 0 END AS ch, count(*), sum(p.amount_fen)::BIGINT
FROM (SELECT person, at_ms, at_ms - 2592000000 AS from_ms, amount_fen FROM {events} WHERE kind = 6 AND at_ms >= {now-30d}) p
ASOF LEFT JOIN (SELECT person, at_ms, channel FROM {events} WHERE kind = 1 AND at_ms >= {now-60d}) t
  ON p.person = t.person AND p.from_ms <= t.at_ms
GROUP BY ch

-- Last, because they leave the engine little memory at 100 M events.
-- name: funnel.windows
WITH e AS (SELECT person, at_ms, kind FROM {events} WHERE kind BETWEEN 3 AND 6),
a AS (SELECT *, max(CASE WHEN kind = 3 THEN at_ms END) OVER w AS s1 FROM e WINDOW w AS (PARTITION BY person ORDER BY at_ms ROWS UNBOUNDED PRECEDING)),
b AS (SELECT *, max(CASE WHEN kind = 4 AND at_ms - s1 <= 604800000 THEN s1 END) OVER w AS s2 FROM a
      WINDOW w AS (PARTITION BY person ORDER BY at_ms ROWS UNBOUNDED PRECEDING)),
d AS (SELECT *, max(CASE WHEN kind = 5 AND at_ms - s2 <= 604800000 THEN s2 END) OVER w AS s3 FROM b
      WINDOW w AS (PARTITION BY person ORDER BY at_ms ROWS UNBOUNDED PRECEDING)),
z AS (SELECT CASE WHEN bool_or(kind = 6 AND at_ms - s3 <= 604800000) THEN 4 WHEN max(s3) IS NOT NULL THEN 3
                  WHEN max(s2) IS NOT NULL THEN 2 WHEN max(s1) IS NOT NULL THEN 1 ELSE 0 END AS level FROM d GROUP BY person)
SELECT level, count(*) FROM z WHERE level > 0 GROUP BY level
-- name: funnel.list_reduce
WITH e AS (SELECT person, list(at_ms * 8 + kind ORDER BY at_ms) AS l FROM {events} WHERE kind BETWEEN 3 AND 6 GROUP BY person),
z AS (SELECT list_reduce(
  list_transform(l, lambda x: {t: (x >> 3)::BIGINT, e: (x & 7)::BIGINT, s1: 0::BIGINT, s2: 0::BIGINT, s3: 0::BIGINT, s4: 0::BIGINT}),
  lambda a, x: {t: x.t, e: x.e,
    s1: CASE WHEN x.e = 3 THEN x.t ELSE a.s1 END,
    s2: CASE WHEN x.e = 4 AND a.s1 > 0 AND x.t - a.s1 <= 604800000 THEN a.s1 ELSE a.s2 END,
    s3: CASE WHEN x.e = 5 AND a.s2 > 0 AND x.t - a.s2 <= 604800000 THEN a.s2 ELSE a.s3 END,
    s4: CASE WHEN x.e = 6 AND a.s3 > 0 AND x.t - a.s3 <= 604800000 THEN 1 ELSE a.s4 END},
  {t: 0::BIGINT, e: 0::BIGINT, s1: 0::BIGINT, s2: 0::BIGINT, s3: 0::BIGINT, s4: 0::BIGINT}) AS r FROM e)
SELECT CASE WHEN r.s4 > 0 THEN 4 WHEN r.s3 > 0 THEN 3 WHEN r.s2 > 0 THEN 2 WHEN r.s1 > 0 THEN 1 ELSE 0 END AS level, count(*)
FROM z WHERE r.s1 > 0 GROUP BY level
