/** Names and ids of what posts speak of, for people who type one of them. */

export type NamedRow = {
  readonly what: 'product' | 'concept' | 'class';
  readonly id: string;
  readonly name: string;
};

/**
 * Products, reactions and organ classes by their ids or their whole names (in small letters). `products`,
 * `concepts` and `classes` hold both.
 */
export const namedSql = `
SELECT 'product' AS what, product_id AS id, any(product) AS name
FROM vigilstream.product_names
WHERE product_id IN {products:Array(String)} OR lowerUTF8(product) IN {products:Array(String)}
GROUP BY id
UNION ALL
SELECT 'concept' AS what, concept_id AS id, any(concept) AS name
FROM vigilstream.mentions
WHERE notEmpty({concepts:Array(String)}) AND run = 'live'
  AND (concept_id IN {concepts:Array(String)} OR lowerUTF8(concept) IN {concepts:Array(String)})
GROUP BY id
UNION ALL
SELECT 'class' AS what, group_id AS id, any(group_name) AS name
FROM vigilstream.term_levels
WHERE level = 'class'
  AND (group_id IN {classes:Array(String)} OR lowerUTF8(group_name) IN {classes:Array(String)})
GROUP BY id`;

/** The organ classes of the terminology. */
export const classesSql = `
SELECT group_id AS id, any(group_name) AS name
FROM vigilstream.term_levels
WHERE level = 'class'
GROUP BY id
ORDER BY name`;

/** The sources that posts came from. */
export const sourceNamesSql = `SELECT source AS name FROM vigilstream.posts GROUP BY source ORDER BY name`;
