package vap

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// refusal is one validation: what must hold, and the sentence if it doesn't.
func refusal(holds, message, expression string) admissionregistrationv1.Validation {
	return admissionregistrationv1.Validation{
		Expression: holds, Message: message, MessageExpression: expression, Reason: new(metav1.StatusReasonForbidden),
	}
}

// mayNot begins a sentence about the user.
const mayNot = `'"' + request.userInfo.username + '" may not `
