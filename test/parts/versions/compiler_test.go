//go:build !newest

package versions

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/admission"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// newCompiler returns a compiler for expressions that share variables. It counts costs
// strictly, as releases since 1.32 always do.
func newCompiler() (*plugin.CompositedCompiler, error) {
	return plugin.NewCompositedCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion(), true))
}

func declarations() plugin.OptionalVariableDeclarations {
	return plugin.OptionalVariableDeclarations{StrictCost: true, HasParams: true, HasAuthorizer: true}
}

// conditions compiles expressions as the API server does when it has read them from storage.
func conditions(c *plugin.CompositedCompiler, list []plugin.ExpressionAccessor) plugin.Filter {
	return c.Compile(list, declarations(), environment.StoredExpressions)
}

func versioned(a admission.Attributes, old, changed runtime.Object) *admission.VersionedAttributes {
	return &admission.VersionedAttributes{Attributes: a, VersionedKind: a.GetKind(), VersionedObject: changed, VersionedOldObject: old}
}
