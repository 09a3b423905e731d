// Package logging creates the structured logger of the long-running programs.
package logging

import (
	"fmt"
	"io"

	"github.com/go-logr/logr"
	"github.com/go-logr/zapr"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// New returns a logger that writes to a stream, and a function that flushes it. The levels are
// info and debug, the formats json and text. An error names the flag.
func New(level, format string, to io.Writer) (logr.Logger, func(), error) {
	var enabled zapcore.Level
	switch level {
	case "info":
		enabled = zapcore.InfoLevel
	case "debug":
		enabled = zapcore.DebugLevel
	default:
		return logr.Discard(), nil, fmt.Errorf("--log-level: %q is unknown; use info or debug", level)
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
		return logr.Discard(), nil, fmt.Errorf("--log-format: %q is unknown; use json or text", format)
	}
	core := zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(to)), enabled))
	// Syncing a terminal or a pipe fails on some systems. Nothing is lost there.
	return zapr.NewLogger(core), func() { _ = core.Sync() }, nil
}
