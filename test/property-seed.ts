import fc from "fast-check";

// The same cases each time, so that a change fails by its own fault; PROPERTY_SEED=random looks for others.
const { PROPERTY_SEED = "1" } = process.env;
if (PROPERTY_SEED !== "random") fc.configureGlobal({ seed: Number(PROPERTY_SEED) });
