/** Plans that run unless others are asked for, where the workload has them. */
export const defaultPlans = ["naive-chain", "same-answers-chain", "structured"] as const;
