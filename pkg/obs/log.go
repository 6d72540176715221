// Package obs is what the outside may observe of a process: log lines,
// counters, health.
//
// Guarantee: a log line is a fixed sentence and fields made by the
// constructors below, which take numbers, words of closed sets and random
// identifiers; there is no way to put a case, a person, an agency's name or a
// foreign error's text into one. It is the only importer of zap. Limit: when a
// line was written, and how many there are, is itself something an observer of
// the log learns.
package obs

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Line is a fixed sentence. Lines are constants where they are logged.
type Line string

// Field is something a line may carry. Only this package makes one.
type Field struct{ f zap.Field }

// Count is how many.
func Count(n int) Field { return Field{zap.Int("count", n)} }

// Version is a version of the roster or the policy.
func Version(v uint64) Field { return Field{zap.Uint64("version", v)} }

// EventID is a statement's random identifier.
func EventID(id posada.EventID) Field { return Field{zap.String("event", string(id))} }

// Reason is which of our own named errors an error is, by its fixed text; of
// any other error only the Go types of its chain, because its text may quote
// what it failed on.
func Reason(err error, known ...error) Field {
	for _, k := range known {
		if errors.Is(err, k) {
			return Field{zap.String("reason", k.Error())}
		}
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return Field{zap.String("reason", e.Error())}
	}
	return Field{zap.String("reason", strings.Join(typesOf(err), " < "))}
}

// typesOf is the Go types of an error's tree, outermost first.
func typesOf(err error) []string {
	types := []string{fmt.Sprintf("%T", err)}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			types = append(types, typesOf(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			types = append(types, typesOf(inner)...)
		}
	}
	return types
}

// Log writes lines as JSON. The zero Log writes nothing.
type Log struct{ z *zap.Logger }

// NewLog writes to w, one JSON object a line, times in UTC.
func NewLog(w io.Writer) Log {
	encoding := zap.NewProductionEncoderConfig()
	encoding.EncodeTime = func(t time.Time, e zapcore.PrimitiveArrayEncoder) {
		e.AppendString(t.UTC().Format(time.RFC3339))
	}
	encoding.TimeKey, encoding.MessageKey = "at", "line"
	encoding.EncodeDuration = zapcore.StringDurationEncoder
	core := zapcore.NewCore(zapcore.NewJSONEncoder(encoding), zapcore.Lock(zapcore.AddSync(w)), zap.InfoLevel)
	return Log{z: zap.New(core)}
}

// Info writes a line about something that is as it should be.
func (l Log) Info(line Line, fields ...Field) {
	if l.z != nil {
		l.z.Info(string(line), unwrap(fields)...)
	}
}

// Alarm writes a line about something somebody should look at.
func (l Log) Alarm(line Line, fields ...Field) {
	if l.z != nil {
		l.z.Error(string(line), unwrap(fields)...)
	}
}

func unwrap(fields []Field) []zap.Field {
	out := make([]zap.Field, len(fields))
	for i, f := range fields {
		out[i] = f.f
	}
	return out
}
