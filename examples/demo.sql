-- What a partner manager asks on a Monday morning. `make demo` runs it against a fake API.

CREATE SECRET vendor (TYPE partnerstack, PUBLIC_KEY 'pk_…', PRIVATE_KEY 'sk_…');
CREATE SECRET partner (TYPE partnerstack, API_KEY '…', SCOPE 'partnerstack://partner');

-- What do we owe, month by month?
SELECT date_trunc('month', created_at)::DATE AS month, currency,
       count(*) AS rewards, sum(amount) / 100 AS amount
FROM partnerstack_rewards()
WHERE created_at >= '2026-06-01' AND currency = 'USD'
GROUP BY ALL ORDER BY ALL;

-- Where do our rewards stand?
SELECT reward_status, count(*) AS rewards, min(created_at)::DATE AS oldest, max(created_at)::DATE AS newest
FROM partnerstack_rewards() GROUP BY ALL ORDER BY rewards DESC;

-- Which partnerships earn the most?
SELECT partnership.name AS partner, partnership.group.name AS partner_group,
       count(*) AS rewards, sum(amount) / 100 AS usd
FROM partnerstack_rewards()
WHERE currency = 'USD' AND reward_status <> 'declined'
GROUP BY ALL ORDER BY usd DESC LIMIT 5;

-- How full is the pipeline?
SELECT stage, count(*) AS deals, sum(amount) / 100 AS amount, min(close_date) AS next_close
FROM partnerstack_deals() GROUP BY ALL ORDER BY deals DESC;

-- Who brings deals, and how many of theirs were lost?
SELECT partner_key, count(*) AS deals, count(lost_reason) AS lost
FROM partnerstack_deals() GROUP BY ALL ORDER BY deals DESC, partner_key LIMIT 5;

-- What did the forms ask, and how often was it answered?
SELECT field.name, field.type, count(*) AS asked, count(field.value) AS answered
FROM (SELECT unnest(fields) AS field FROM partnerstack_deals())
GROUP BY ALL ORDER BY asked DESC, 1;

-- The other side: what has a partner earned, by programme?
SELECT company.name AS programme, count(*) AS rewards, count(*) FILTER (WHERE withdrawn) AS withdrawn
FROM partnerstack_rewards(account := 'partner') GROUP BY ALL ORDER BY ALL LIMIT 5;

-- The newest ten rows are one request.
SELECT key, created_at, amount, currency, reward_status FROM partnerstack_rewards() LIMIT 10;
