package commandline_test

import (
	"bytes"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/i18n"
)

func TestEnvironmentIsAMap(t *testing.T) {
	got := commandline.Environment([]string{"A=1", "B=", "C=x=y", "D", "A=2", "=E:=E:\\"})
	want := map[string]string{"A": "2", "B": "", "C": "x=y", "D": "", "": "E:=E:\\"}
	if !maps.Equal(got, want) {
		t.Errorf("%q; want %q", got, want)
	}
	// An empty map, not nil: a caller may write to it.
	if commandline.Environment(nil) == nil {
		t.Error("no lines gave no map")
	}
}

func TestTheFlagWinsOverTheProgramsVariableAndThatOverTheMachines(t *testing.T) {
	spanish := map[string]string{"POSADA_LANG": "es", "LC_ALL": "en_US.UTF-8", "LANG": "en_US.UTF-8"}
	for name, c := range map[string]struct {
		args []string
		env  map[string]string
		want i18n.Language
	}{
		"nothing asked":                {nil, nil, i18n.English},
		"the machine's":                {nil, map[string]string{"LANG": "es_MX.UTF-8"}, i18n.Spanish},
		"LC_ALL before LANG":           {nil, map[string]string{"LC_ALL": "es_MX", "LANG": "en_US"}, i18n.Spanish},
		"LC_ALL before LC_MESSAGES":    {nil, map[string]string{"LC_ALL": "en_US", "LC_MESSAGES": "es_MX"}, i18n.English},
		"LC_MESSAGES before LANG":      {nil, map[string]string{"LC_MESSAGES": "es_ES", "LANG": "en_US"}, i18n.Spanish},
		"POSADA_LANG before them":      {nil, spanish, i18n.Spanish},
		"the flag before all":          {[]string{"status", "--lang", "en"}, spanish, i18n.English},
		"the flag with its sign":       {[]string{"--lang=en", "status"}, spanish, i18n.English},
		"a flag without a value":       {[]string{"status", "--lang"}, spanish, i18n.Spanish},
		"a word behind the flags' end": {[]string{"status", "--", "--lang", "en"}, spanish, i18n.Spanish},
		"a longer flag":                {[]string{"--language=en", "--lang-x", "en"}, spanish, i18n.Spanish},
		"a machine without one":        {nil, map[string]string{"LANG": "C"}, i18n.English},
	} {
		if got := commandline.Printer(c.args, c.env).Language(); got != c.want {
			t.Errorf("%s: %s; want %s", name, got, c.want)
		}
	}
}

// Only what was said to this program is refused; a machine may stand in any
// locale.
func TestALanguageNobodySpeaksHereIsAWrongCommandLine(t *testing.T) {
	p := i18n.For(i18n.Spanish)
	for _, asked := range []string{"fr", "x", "english", "-v", "\x00;;"} {
		err := commandline.Spoken(p, []string{"--lang", asked})
		if _, usage := errors.AsType[commandline.UsageError](err); !usage {
			t.Errorf("%q: %v", asked, err)
		}
	}
	for _, args := range [][]string{nil, {"status"}, {"--lang", "es"}, {"--lang=ES"}, {"--lang", "es-MX"}, {"--lang=en_US"}, {"--", "--lang", "fr"}} {
		if err := commandline.Spoken(p, args); err != nil {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// program is a small command line in a language, with everything the library
// has words of its own for.
func program(l i18n.Language) (*cobra.Command, *bytes.Buffer) {
	out := &bytes.Buffer{}
	nothing := func(*cobra.Command, []string) {}
	root := &cobra.Command{Use: "casa", Short: "Una casa", Example: "  casa abrir", Run: nothing}
	root.PersistentFlags().Bool("callada", false, "no decir nada")
	root.PersistentFlags().String("lugar", "aqui", "en donde")
	group := &cobra.Command{Use: "puerta", Short: "La puerta", Run: nothing}
	group.AddCommand(&cobra.Command{Use: "abrir", Short: "Abrirla", Run: nothing}, &cobra.Command{Use: "escondida", Hidden: true, Run: nothing})
	root.AddCommand(group)
	root.SetOut(out)
	root.SetErr(out)
	commandline.Localise(i18n.For(l), root)
	return root, out
}

// TestHelpIsInOneLanguage asks for help everywhere; none of the library's own
// English words may be left where Spanish was asked for.
func TestHelpIsInOneLanguage(t *testing.T) {
	english := []string{
		"Usage:", "Available Commands", "Flags:", "Global Flags", "Examples:", "help for", "Help about any command", "Use \"",
		"for more information", "[command]", "Additional", "the autocompletion", "[flags]", "(default", "disable completion",
	}
	for _, args := range [][]string{{"--help"}, {"help"}, {"puerta", "--help"}, {"help", "puerta"}, {"puerta", "abrir", "-h"}, {"completion", "--help"}, {"completion", "bash", "--help"}} {
		root, out := program(i18n.Spanish)
		root.SetArgs(args)
		if err := root.Execute(); err != nil {
			t.Fatal(err)
		}
		for _, word := range english {
			if strings.Contains(out.String(), word) {
				t.Errorf("%v says %q:\n%s", args, word, out)
			}
		}
		if !strings.Contains(out.String(), "Uso:\n  casa") {
			t.Errorf("%v does not say how it is used:\n%s", args, out)
		}
	}
}

func TestHelpShowsWhatThereIs(t *testing.T) {
	for l, want := range map[i18n.Language]string{
		i18n.English: "Una casa\n\nUsage:\n  casa " + i18n.For(i18n.English).Text("usage.some_flags") + "\n  casa [command]\n\nExamples:\n  casa abrir\n\nCommands:\n  completion ",
		i18n.Spanish: "Una casa\n\nUso:\n  casa [opciones]\n  casa [comando]\n\nEjemplos:\n  casa abrir\n\nComandos:\n  completion ",
	} {
		root, out := program(l)
		root.SetArgs([]string{"--help"})
		if err := root.Execute(); err != nil {
			t.Fatal(err)
		}
		p := i18n.For(l)
		for _, part := range []string{want, p.Text("usage.help"), p.Text("usage.completion"), p.Text("flag.help"), "--callada", "no decir nada", "La puerta"} {
			if !strings.Contains(out.String(), part) {
				t.Errorf("%s lacks %q:\n%s", l, part, out)
			}
		}
	}
	root, out := program(i18n.Spanish)
	root.SetArgs([]string{"puerta", "--help"})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); !strings.Contains(text, "abrir") || strings.Contains(text, "escondida") || !strings.Contains(text, "Opciones de todos los comandos:\n      --callada") {
		t.Errorf("hidden, or not shown:\n%s", text)
	}
}

func TestACommandThatOnlyGroupsIsNotShownAsRunnable(t *testing.T) {
	root, out := program(i18n.English)
	group := &cobra.Command{Use: "ventana", Short: "La ventana"}
	group.AddCommand(&cobra.Command{Use: "cerrar", Short: "Cerrarla", Run: func(*cobra.Command, []string) {}})
	root.AddCommand(group)
	root.SetArgs([]string{"ventana", "--help"})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Contains(text, "casa ventana "+i18n.For(i18n.English).Text("usage.some_flags")) || !strings.Contains(text, "casa ventana [command]") {
		t.Errorf("\n%s", text)
	}
}
