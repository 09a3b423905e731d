// Package logging makes the structured logger of Sluice's long-running programs.
package logging

import (
	"fmt"
	"io"

	"github.com/go-logr/logr"
	"github.com/go-logr/zapr"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// New makes a logger that writes to a stream, and gives what flushes it. Levels are info and
// debug, formats json and text; the error names the flag.
func New(level, format string, to io.Writer) (logr.Logger, func(), error) {
	var enabled zapcore.Level
	switch level {
	case "info":
		enabled = zapcore.InfoLevel
	case "debug":
		enabled = zapcore.DebugLevel
	default:
		return logr.Discard(), nil, fmt.Errorf("--log-level: %q is unknown; choose info or debug", level)
	}
	config := zap.NewProductionEncoderConfig()
	config.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	var encoder zapcore.Encoder
	switch format {
	case "json":
		encoder = zapcore.NewJSONEncoder(config)
	case "text":
		encoder = zapcore.NewConsoleEncoder(config)
	default:
		return logr.Discard(), nil, fmt.Errorf("--log-format: %q is unknown; choose json or text", format)
	}
	core := zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(to)), enabled))
	// Syncing a terminal or a pipe fails on some systems; there is nothing to lose there.
	return zapr.NewLogger(core), func() { _ = core.Sync() }, nil
}
