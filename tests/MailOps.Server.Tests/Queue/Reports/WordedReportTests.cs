using MailOps.Server.Queue;
using MailOps.Server.Queue.Routing;
using MimeKit;
using Xunit;

namespace MailOps.Server.Tests.Queue.Reports;

/// <summary>Reports in the words of templates, as MimeKit reads them.</summary>
public sealed class WordedReportTests : IAsyncDisposable
{
    private const string German = "Subject: Zurück: {subject}\n\nGrüße von {host}.\n\n{recipients}\nvom {arrived} an {sender}, {id}\nbis {until}\nFrist {deliver-by}\n";

    private readonly NextServer _next = new() { Offers = ["PIPELINING", "DSN", "DELIVERBY", "SMTPUTF8", "8BITMIME"] };
    private readonly QueueFixture _queue = new();

    public WordedReportTests()
    {
        _queue.Routes["b.example"] = _next.Target;
        _next.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 Nobody of this name" : null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_queue.Queue is not null)
            await _queue.DisposeAsync();
        await _next.DisposeAsync();
    }

    [Fact]
    public async Task A_failure_is_told_in_the_language_of_its_sender_and_programs_read_what_they_did_before()
    {
        await StartAsync(("failure.de.txt", German));
        var report = await FailAsync("Accept-Language: en;q=0.1, de-AT\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nbody\r\n");
        Assert.Equal("Zurück: Grüße", report.Subject);
        var parts = Assert.IsType<MultipartReport>(report.Body);
        var text = Assert.IsType<TextPart>(parts[0]);
        Assert.Equal(("text/plain", "utf-8", "de"), (text.ContentType.MimeType, text.ContentType.Charset, text.Headers["Content-Language"]));
        Assert.Matches("^Grüße von mx.here.example\\.\n\n    <bob@b.example>\n        127.0.0.1: 550 5.1.1 Nobody of this name\nvom [0-9-]{10} [0-9:]{5} \\+00:00 an ann@here.example, [0-9A-Z]{13}\nFrist 2120-01-01 12:10 \\+00:00\n$", text.Text.ReplaceLineEndings("\n"));
        var status = Assert.IsType<MessageDeliveryStatus>(parts[1]);
        Assert.Equal(("failed", "5.1.1"), (status.StatusGroups[1]["Action"], status.StatusGroups[1]["Status"]));
        Assert.Equal("en;q=0.1, de-AT", Assert.IsType<MessagePart>(parts[2]).Message!.Headers["Accept-Language"]);
        Assert.True((await File.ReadAllBytesAsync(Assert.Single(_queue.Inbox("ann@here.example")))).All(octet => octet < 128));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_report_about_a_message_in_ASCII_is_ASCII_whoever_it_is_about_RFC6533_3(bool isWorded)
    {
        _next.Offers = ["PIPELINING"];
        await StartAsync(isWorded ? [("failure.de.txt", German)] : []);
        await _queue.SendAsync("Accept-Language: de\r\nSubject: hello\r\n\r\nbody\r\n", new Envelope
        {
            Sender = "ann@here.example",
            Recipients = [new EnvelopeRecipient { Address = "dörte@b.example", NextHop = "b.example", Original = "utf-8;größe@a.example" }],
            Expires = _queue.Clock.GetUtcNow().AddDays(5),
        });
        await _queue.EmptyAsync();
        var octets = await File.ReadAllBytesAsync(Assert.Single(_queue.Inbox("ann@here.example")));
        Assert.DoesNotContain(octets, octet => octet > 127);
        var report = Assert.IsType<MultipartReport>((await MimeMessage.LoadAsync(new MemoryStream(octets))).Body);
        Assert.Contains(isWorded ? "    <dörte@b.example>" : @"    <d\x{F6}rte@b.example>", Assert.IsType<TextPart>(report[0]).Text, StringComparison.Ordinal);
        var status = Assert.IsType<MessageDeliveryStatus>(report[1]).StatusGroups[1];
        Assert.Equal((@"utf-8;gr\x{F6}\x{DF}e@a.example", @"utf-8;d\x{F6}rte@b.example"), (status["Original-Recipient"], status["Final-Recipient"]));
    }

    [Fact]
    public async Task A_long_subject_is_folded_into_words_of_75_characters_RFC2047_2()
    {
        var subject = string.Concat(Enumerable.Repeat("件名", 50));
        await StartAsync(("failure.txt", "Subject: {subject} {subject}\n\n{recipients}\n"));
        var report = await FailAsync($"Subject: {subject}\r\n\r\nbody\r\n");
        Assert.StartsWith("件名件名", report.Subject, StringComparison.Ordinal);
        var head = File.ReadLines(Assert.Single(_queue.Inbox("ann@here.example"))).TakeWhile(line => line.Length > 0).ToList();
        Assert.All(head, line => Assert.InRange(line.Length, 1, 998));
        Assert.All(head.SelectMany(line => line.Split(' ', '\t')).Where(word => word.StartsWith("=?", StringComparison.Ordinal)), word => Assert.InRange(word.Length, 1, 75));
    }

    [Theory]
    [InlineData("Accept-Language: fr, de;q=0.5", "Zurück")]
    [InlineData("Accept-Language: de-CH-1996", "Zurück")]
    [InlineData("Content-Language: DE", "Zurück")]
    [InlineData("Accept-Language: en, de;q=0.5", "Undelivered Mail Returned to Sender")]
    [InlineData("Accept-Language: en-GB", "Undelivered Mail Returned to Sender")]
    [InlineData("Accept-Language: fr", "Retour")]
    [InlineData("X-Other: de", "Retour")]
    public async Task The_language_is_the_dearest_that_there_is(string field, string subject)
    {
        await StartAsync(("failure.de.txt", German), ("failure.txt", "Subject: Retour\n\n{recipients}\n"), ("delay.fr.txt", "Subject: no\n\n{recipients}\n"));
        var report = await FailAsync($"{field}\r\n\r\nbody\r\n");
        Assert.StartsWith(subject, report.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_template_that_cannot_be_used_is_told_once_and_the_next_words_do()
    {
        await StartAsync(("failure.de.txt", "Subject: Zurück\n\n{recipient}\n"));
        Assert.Equal("Undelivered Mail Returned to Sender", (await FailAsync("Accept-Language: de\r\n\r\nbody\r\n", isFaulty: true)).Subject);
        await FailAsync("Accept-Language: de\r\n\r\nbody\r\n", isFaulty: true, count: 2);
        Assert.Equal($"The template '{Path.Join(_queue.TemplatesPath, "failure.de.txt")}' is not used for reports: in line 3 there is no placeholder {{recipient}}. They are {{recipients}}, {{host}}, {{sender}}, {{id}}, {{subject}}, {{arrived}}, {{until}}, {{deliver-by}}; write {{{{ for a brace itself.", Assert.Single(_queue.Faults).Message);
    }

    [Fact]
    public async Task A_template_that_cannot_be_read_is_told_once_and_the_next_words_do()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        await StartAsync(("failure.txt", "Subject: Retour\n\n{recipients}\n"));
        File.CreateSymbolicLink(Path.Join(_queue.TemplatesPath, "failure.de.txt"), Path.Join(_queue.TemplatesPath, "gone"));
        Assert.Equal("Retour", (await FailAsync("Accept-Language: de\r\n\r\nbody\r\n", isFaulty: true)).Subject);
        await FailAsync("Accept-Language: de\r\n\r\nbody\r\n", isFaulty: true, count: 2);
        Assert.StartsWith($"The template '{Path.Join(_queue.TemplatesPath, "failure.de.txt")}' is not used for reports, since it cannot be read: ", Assert.Single(_queue.Faults).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_sender_writes_as_a_subject_ends_no_line_and_fills_no_page()
    {
        await StartAsync(("failure.txt", "Subject: Zurück: {subject}\n\n{recipients}\n{subject}\n"));
        var report = await FailAsync($"Subject: =?utf-8?q?a=0BBcc:_x@b.example=0D=0A=0D=0A{new string('y', 60)}?= =?utf-8?q?{new string('z', 60)}?=\r\n\r\nbody\r\n");
        var shown = $"a Bcc: x@b.example{new string('y', 60)}{new string('z', 60)}"[..100] + "…";
        Assert.Equal($"Zurück: {shown}", report.Subject);
        Assert.Null(report.Headers["Bcc"]);
        Assert.EndsWith($"\n{shown}\n", Assert.IsType<TextPart>(Assert.IsType<MultipartReport>(report.Body)[0]).Text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_with_addresses_in_UTF8_is_worded_as_well()
    {
        await StartAsync(("failure.txt", "Subject: Zurück\n\n{recipients}\n"));
        await _queue.SendAsync("Subject: x\r\n\r\nbody\r\n", new Envelope
        {
            Sender = "ann@here.example",
            Recipients = [new EnvelopeRecipient { Address = "jürgen@b.example", NextHop = "b.example" }],
            IsUtf8 = true,
            Expires = _queue.Clock.GetUtcNow() + _queue.Options.Lifetime,
        });
        await _queue.EmptyAsync();
        var report = await MimeMessage.LoadAsync(Assert.Single(_queue.Inbox("ann@here.example")));
        Assert.StartsWith("    <jürgen@b.example>", Assert.IsType<TextPart>(Assert.IsAssignableFrom<Multipart>(report.Body)[0]).Text, StringComparison.Ordinal);
    }

    private async Task StartAsync(params (string Name, string Text)[] templates)
    {
        Directory.CreateDirectory(_queue.TemplatesPath);
        foreach (var (name, text) in templates)
            await File.WriteAllTextAsync(Path.Join(_queue.TemplatesPath, name), text);
        await _queue.StartAsync();
    }

    private async Task<MimeMessage> FailAsync(string message, bool isFaulty = false, int count = 1)
    {
        await _queue.SendAsync(message, new Envelope
        {
            Sender = "ann@here.example",
            Recipients = [new EnvelopeRecipient { Address = "bob@b.example", NextHop = NextHops.Of("bob@b.example") }],
            DeliverBy = new DeliverBy { Time = _queue.Clock.GetUtcNow().AddMinutes(10), Returns = true },
            Expires = _queue.Clock.GetUtcNow() + _queue.Options.Lifetime,
        });
        await _queue.EmptyAsync();
        Assert.Equal(isFaulty, !_queue.Faults.IsEmpty);
        Assert.Equal(count, _queue.Inbox("ann@here.example").Length);
        return await MimeMessage.LoadAsync(_queue.Inbox("ann@here.example")[0]);
    }
}
