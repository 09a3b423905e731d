package vap

// A duration as Go reads it, and one whose numbers are short enough for CEL not to overflow.
const (
	units    = `(ns|us|µs|μs|ms|s|m|h)`
	duration = `^[-+]?(0|(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)` + units + `)+)$`
	short    = `^[-+]?(0|(0*[0-9]{0,5}(\\.[0-9]*)?h|0*[0-9]{0,7}(\\.[0-9]*)?m|0*[0-9]{0,8}(\\.[0-9]*)?s|0*[0-9]{0,11}(\\.[0-9]*)?ms|0*[0-9]{0,14}(\\.[0-9]*)?(us|µs|μs|ns)){1,8})$`
)
