package versions

import (
	"context"
	"fmt"

	"github.com/google/cel-go/cel"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// expression is one CEL expression of an object.
type expression struct {
	name, text string
	types      []*cel.Type
}

func (e expression) GetName() string          { return e.name }
func (e expression) GetExpression() string    { return e.text }
func (e expression) ReturnTypes() []*cel.Type { return e.types }

// expressions are those of a webhook or of a policy.
type expressions struct {
	variables, conditions, validations, messages []plugin.ExpressionAccessor
}

func conditionsOf(list []admissionregistrationv1.MatchCondition) (out []plugin.ExpressionAccessor) {
	for _, c := range list {
		out = append(out, expression{c.Name, c.Expression, []*cel.Type{cel.BoolType}})
	}
	return out
}

func expressionsOf(p admissionregistrationv1.ValidatingAdmissionPolicy) expressions {
	e := expressions{conditions: conditionsOf(p.Spec.MatchConditions)}
	for _, v := range p.Spec.Variables {
		e.variables = append(e.variables, expression{v.Name, v.Expression, []*cel.Type{cel.AnyType, cel.DynType}})
	}
	for i, v := range p.Spec.Validations {
		e.validations = append(e.validations, expression{fmt.Sprintf("validations[%d]", i), v.Expression, []*cel.Type{cel.BoolType}})
		message := v.MessageExpression
		if message == "" {
			message = fmt.Sprintf("%q", v.Message)
		}
		e.messages = append(e.messages, expression{fmt.Sprintf("validations[%d].messageExpression", i), message, []*cel.Type{cel.StringType}})
	}
	return e
}

// storable lists the errors for which the API server refuses to store the expressions. A new
// expression may use only what the release before knew.
func (e expressions) storable() (errs []error) {
	compiler, err := newCompiler()
	if err != nil {
		return []error{err}
	}
	complain := func(a plugin.ExpressionAccessor, r plugin.CompilationResult) {
		if r.Error != nil {
			errs = append(errs, fmt.Errorf("%s: %w", a.(expression).name, r.Error))
		}
	}
	for _, v := range e.variables {
		complain(v, compiler.CompileAndStoreVariable(v.(expression), declarations(), environment.NewExpressions))
	}
	for _, list := range [][]plugin.ExpressionAccessor{e.conditions, e.validations, e.messages} {
		for _, x := range list {
			complain(x, compiler.CompileCELExpression(x, declarations(), environment.NewExpressions))
		}
	}
	return errs
}

// evaluate returns whether all match conditions hold, and the messages of the validations
// that don't.
func (e expressions) evaluate(ctx context.Context, r request) (matches bool, refusals []string, err error) {
	return e.evaluateWith(ctx, r, nil, nil)
}

// evaluateWith evaluates with a parameter, and with the namespace of the object.
func (e expressions) evaluateWith(ctx context.Context, r request, parameter runtime.Object, namespace *corev1.Namespace) (matches bool, refusals []string, err error) {
	compiler, err := newCompiler()
	if err != nil {
		return false, nil, err
	}
	for _, v := range e.variables {
		if result := compiler.CompileAndStoreVariable(v.(expression), declarations(), environment.StoredExpressions); result.Error != nil {
			return false, nil, fmt.Errorf("%s: %w", v.(expression).name, result.Error)
		}
	}
	attributes, err := r.attributes()
	if err != nil {
		return false, nil, err
	}
	asked := plugin.CreateAdmissionRequest(attributes.Attributes, metav1.GroupVersionResource(attributes.GetResource()), metav1.GroupVersionKind(attributes.VersionedKind))
	values := func(list []plugin.ExpressionAccessor) ([]any, error) {
		evaluated, _, err := conditions(compiler, list).ForInput(ctx, attributes, asked, plugin.OptionalVariableBindings{VersionedParams: parameter}, namespace, celconfig.RuntimeCELCostBudget)
		if err != nil {
			return nil, err
		}
		out := make([]any, len(evaluated))
		for i, v := range evaluated {
			if v.Error != nil {
				return nil, fmt.Errorf("%s: %w", list[i].(expression).name, v.Error)
			}
			out[i] = v.EvalResult.Value()
		}
		return out, nil
	}
	matched, err := values(e.conditions)
	if err != nil {
		return false, nil, err
	}
	for _, v := range matched {
		if v != true {
			return false, nil, nil
		}
	}
	held, err := values(e.validations)
	if err != nil {
		return true, nil, err
	}
	for i, v := range held {
		if v == true {
			continue
		}
		message, err := values(e.messages[i : i+1])
		if err != nil {
			return true, nil, err
		}
		refusals = append(refusals, message[0].(string))
	}
	return true, refusals, nil
}
