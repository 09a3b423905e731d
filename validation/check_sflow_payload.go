package validation

// RuleSFlowPayload finds sFlow, which sends the first bytes of sampled packets.
const RuleSFlowPayload Rule = "sflow-payload"

// sflowPayload warns wherever sFlow is exported.
func sflowPayload() Check {
	return Check{
		Rule: RuleSFlowPayload, Effect: Warns,
		Summary: "sFlow sends the first bytes of sampled packets, not only metadata",
		Example: "`sFlow: {collectors: [\"192.168.1.99:6343\"]}` sends the first 128 bytes of each sampled packet, which can include payload.\n" +
			"Use `netFlow` or `ipfix` if only metadata may leave the cluster.",
		Object: func(c ObjectContext) (Finding, bool) {
			return Finding{
				Field: flowsField + ".sFlow", Position: c.Positions[SFlow],
				Message: "sFlow sends the first 128 bytes of sampled packets, not only metadata",
			}, len(c.Flows.SFlow) > 0
		},
	}
}
