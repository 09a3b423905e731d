package validation

// flowCollectorFields are the fields that decide where NetObserv sends records. Fields that
// only decide where its console reads records from are not among them.
func flowCollectorFields() []Field {
	return []Field{
		{[]string{"spec", "exporters"}, func(o *Object) *Value { return &o.Exporters }},
		{[]string{"spec", "deploymentModel"}, func(o *Object) *Value { return &o.DeploymentModel }},
		{[]string{"spec", "kafka"}, func(o *Object) *Value { return &o.Kafka }},
		{[]string{"spec", "loki"}, func(o *Object) *Value { return &o.Loki }},
		{[]string{"spec", "namespace"}, func(o *Object) *Value { return &o.SpecNamespace }},
		{[]string{"spec", "agent", "ebpf", "advanced", "env"}, func(o *Object) *Value { return &o.AgentEnv }},
		{[]string{"spec", "processor", "advanced", "env"}, func(o *Object) *Value { return &o.ProcessorEnv }},
	}
}
