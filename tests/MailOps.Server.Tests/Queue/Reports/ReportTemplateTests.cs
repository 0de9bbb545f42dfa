using System.Text;
using MailOps.Server.Queue.Reports;
using Xunit;

namespace MailOps.Server.Tests.Queue.Reports;

/// <summary>Templates of reports as administrators write them.</summary>
public sealed class ReportTemplateTests
{
    [Fact]
    public void A_template_is_a_subject_and_a_text_with_values()
    {
        var template = Read("\uFEFFSubject:  Zurück: {subject} ({{roh}})\r\n\r\nVon {host}\n\n{recipients}\nBis {until}, {deliver-by}\nFrist {deliver-by}\n{{{id}}\n")!;
        Assert.Equal("Zurück: Hallo ({roh}})", template.SubjectWith(Value));
        Assert.Equal("Von mx\r\n\r\n    <a@b>\r\nBis morgen, \r\n{7}\r\n", template.TextWith(Value, "    <a@b>\r\n"));

        static string Value(string name) => name switch { "subject" => "Hallo", "host" => "mx", "until" => "morgen", "id" => "7", _ => "" };
    }

    [Theory]
    [InlineData("", 1, "the first line has to be the subject")]
    [InlineData("Hallo\n\n{recipients}\n", 1, "the first line has to be the subject")]
    [InlineData("Subject: \n\n{recipients}\n", 1, "the first line has to be the subject")]
    [InlineData("Subject: {recipients}\n\n{recipients}\n", 1, "{recipients} has lines of its own, and is no part of a subject")]
    [InlineData("Subject: x\nText\n{recipients}\n", 2, "behind the subject comes an empty line")]
    [InlineData("Subject: x\n\nText\n", 3, "the text has to have one line {recipients}, and has 0")]
    [InlineData("Subject: x\n\n{recipients}\n{recipients}\n", 4, "the text has to have one line {recipients}, and has 2")]
    [InlineData("Subject: x\n\n{recipients}\nTo {recipients}\n", 4, "{recipients} has to stand on a line of its own")]
    [InlineData("Subject: x\n\n{recipients}\n{Host}\n", 4, "there is no placeholder {Host}. They are {recipients}, {host}, ")]
    [InlineData("Subject: {x}\n\n{recipients}\n", 1, "there is no placeholder {x}. ")]
    [InlineData("Subject: x\n\n{recipients}\n{host\n", 4, "a brace { has no }; write {{ for a brace itself")]
    [InlineData("Subject: x\n\n{recipients}\n\u0007\n", 4, "the line has a control character")]
    [InlineData("Subject: x\ry\n\n{recipients}\n", 1, "the line has a control character")]
    public void What_is_wrong_is_told_with_its_line(string text, int line, string problem)
    {
        var problems = new List<(int Line, string Problem)>();
        Assert.Null(ReportTemplate.Parse(Encoding.UTF8.GetBytes(text), null, (at, error) => problems.Add((at, error))));
        Assert.Contains(problems, one => one.Line == line && one.Problem.StartsWith(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_no_UTF8_or_endless_is_no_template()
    {
        var problems = new List<(int Line, string Problem)>();
        Assert.Null(ReportTemplate.Parse([.. "Subject: x\n\n{recipients}\nZur"u8, 0xFC, .. "ck\n"u8], null, (line, problem) => problems.Add((line, problem))));
        Assert.Equal((4, "the line is not UTF-8: save the file as UTF-8"), Assert.Single(problems));
        problems.Clear();
        Assert.Null(ReportTemplate.Parse(new byte[ReportTemplate.MostOctets + 1], null, (line, problem) => problems.Add((line, problem))));
        Assert.Equal((1, "the file has more than 65536 octets, and a template is some lines"), Assert.Single(problems));
    }

    [Theory]
    [InlineData("failure.txt", "Failed", null)]
    [InlineData("Failure.DE.txt", "Failed", "DE")]
    [InlineData("delay.pt-BR.txt", "Delayed", "pt-BR")]
    [InlineData("success.zh-Hant-TW.txt", "Delivered", "zh-Hant-TW")]
    [InlineData("relay.txt", "Relayed", null)]
    [InlineData("expansion.de.txt", "Expanded", "de")]
    [InlineData("failure", null, null)]
    [InlineData("bounce.txt", null, null)]
    [InlineData("failure.de.txt~", null, null)]
    [InlineData("failure..txt", null, null)]
    [InlineData("failure.d.txt", null, null)]
    [InlineData("failure.de_DE.txt", null, null)]
    [InlineData("failure.german.txt", null, null)]
    [InlineData("failure.de.at.txt", null, null)]
    public void A_name_says_what_for_and_in_which_language(string name, string? action, string? language)
    {
        Assert.Equal(action is not null, ReportTemplates.TryName(name, out var found, out var tag));
        if (action is not null)
            Assert.Equal((action, language), (found.ToString(), tag));
    }

    [Theory]
    [InlineData("de", null, "de")]
    [InlineData("en;q=0.5, de, fr;q=0.8", null, "de fr en")]
    [InlineData("de;q=0, fr;q=0.1", "it, de", "fr it de")]
    [InlineData(null, "de-AT", "de-AT")]
    [InlineData("*, x, de_DE, de;q=1.0;level=1, ../etc, nl;q=high", null, "")]
    [InlineData(null, null, "")]
    public void A_sender_is_told_in_a_language_that_it_reads_or_else_writes_RFC3282(string? accepted, string? written, string languages)
    {
        var header = new MimeKit.HeaderList();
        if (accepted is not null)
            header.Add("Accept-Language", accepted);
        if (written is not null)
            header.Add("Content-Language", written);
        Assert.Equal(languages, string.Join(' ', ReportLanguages.Of(header)));
        Assert.Empty(ReportLanguages.Of(null));
    }

    [Fact]
    public void Every_template_of_the_examples_can_be_used()
    {
        var folder = Path.Join(AppContext.BaseDirectory, "../../../../../examples/templates");
        var files = Directory.GetFiles(folder);
        Assert.Equal(ReportTemplates.KindNames.Order(StringComparer.Ordinal).Select(kind => $"{kind}.de.txt"), files.Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.NotNull(ReportTemplate.Parse(ReportTemplates.ReadStart(file), "de", (line, problem) => Assert.Fail($"{file}:{line}: {problem}"))));
    }

    private static ReportTemplate? Read(string text) => ReportTemplate.Parse(Encoding.UTF8.GetBytes(text), null, (line, problem) => Assert.Fail($"{line}: {problem}"));
}
