package admission

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
)

// The options of the calls in fixtures_api_test.go: as kubectl's, unknown and duplicate
// fields are errors.
var (
	noSerializer   = scheme.Codecs.WithoutConversion()
	getNow         = metav1.GetOptions{}
	deleteNow      = metav1.DeleteOptions{}
	updateStrictly = metav1.UpdateOptions{FieldValidation: metav1.FieldValidationStrict}
	patchStrictly  = metav1.PatchOptions{FieldValidation: metav1.FieldValidationStrict}
)
