package validation

// unmanagedState is the one managementState at which the Cluster Network Operator does nothing
// (its pkg/controller/operconfig/operconfig_controller.go).
const unmanagedState = "Unmanaged"

// settingsChanged lists the settings that a change gives a value.
func settingsChanged(in Input) []SettingChange {
	switch in.Object.Resource {
	case FlowsConfig:
		return flowsConfigSettings(in)
	case Profile:
		return changesOfProfile(in)
	case Network, FlowCollector, FlowExport:
	}
	return nil
}

// stops is what a change stops of the export to collectors that stay in the lists; nil if it
// stops nothing.
func stops(in Input) *Stop {
	switch {
	case in.Object.Resource == Profile:
		return stopOfProfile(in)
	case in.Object.Resource != Network || in.Operation == Delete || !isUnmanaged(&in.Object) || in.Old != nil && isUnmanaged(in.Old):
		return nil
	}
	return stopOfNetwork(&in.Object)
}

func isUnmanaged(o *Object) bool { return o.ManagementState.Text == unmanagedState }

func stopOfNetwork(o *Object) *Stop {
	return &Stop{
		Field: managementField, Text: o.ManagementState.Text, Position: o.ManagementState.Position,
		Why: "the Cluster Network Operator would no longer apply the lists", Remedy: "write Managed",
	}
}
