//go:build newest

package versions

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/admission"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

func newCompiler() (*plugin.CompositedCompiler, error) {
	return plugin.NewCompositedCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
}

func declarations() plugin.OptionalVariableDeclarations {
	return plugin.OptionalVariableDeclarations{HasParams: true, HasAuthorizer: true}
}

func conditions(c *plugin.CompositedCompiler, list []plugin.ExpressionAccessor) plugin.ConditionEvaluator {
	return c.CompileCondition(list, declarations(), environment.StoredExpressions)
}

func versioned(a admission.Attributes, old, changed runtime.Object) *admission.VersionedAttributes {
	return &admission.VersionedAttributes{
		Attributes: a, VersionedKind: a.GetKind(),
		VersionedObject: admission.NewLazyObject(changed), VersionedOldObject: admission.NewLazyObject(old),
	}
}
