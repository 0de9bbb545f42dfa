using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MailOps.Dns;
using MailOps.Server.Queue;
using MailOps.Server.Queue.TlsReports;
using MailOps.Tests.Support;
using MailOps.Trust.Dkim;
using MailOps.Trust.TlsRpt;
using MimeKit;
using Xunit;

namespace MailOps.Server.Tests.Queue.TlsReports;

/// <summary>Reports about TLS are sent when their day is over to where a domain wants them, and nowhere else.</summary>
public sealed class TlsReportTests : IAsyncDisposable
{
    private const string Url = "https://reports.far.example/v1";

    private readonly QueueFixture _queue = new();
    private readonly SecureZone _zone;
    private readonly PrivateFolder _folder = new();
    private readonly ConcurrentQueue<TlsReported> _told = [];
    private readonly ConcurrentQueue<(Uri Url, string? Type, byte[] Body)> _posted = [];
    private readonly HttpClient _web;
    private TlsReportService? _service;

    public TlsReportTests()
    {
        _zone = new SecureZone(_queue);
        _web = new HttpClient(new Web(this));
    }

    private Func<HttpStatusCode> Answer { get; set; } = () => HttpStatusCode.Created;

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
            await _service.DisposeAsync();
        await _queue.DisposeAsync();
        await _zone.DisposeAsync();
        _web.Dispose();
        _folder.Dispose();
    }

    private async Task OpenAsync()
    {
        _service = new TlsReportService(_folder.Of("tls-reports"), new TlsReportOptions { Contact = "tls@here.example", Organization = "Here & Sons" }, _queue.Clock, _told.Enqueue, _queue.Faults.Enqueue);
        await _service.RecallAsync(id => QueueId.TryParse(id, out var found) && _queue.Spool.Find(found) is not null);
        _service.Start(new TlsReportSender(_queue.Queue, _queue.Resolver!, _queue.Signer, _ => new((MailOps.Server.Queue.Forwarding.LocalRecipients?)null), _web, _queue.Clock));
    }

    private async Task StartAsync(params TlsFault?[] seen)
    {
        await _queue.StartAsync();
        await OpenAsync();
        foreach (var fault in seen)
            Count(fault);
    }

    private void Count(TlsFault? fault) => _service!.Count(new TlsSession(
        "far.example",
        new TlsPolicy("sts", "far.example", ["version: STSv1", "mode: testing", "mx: *.far.example", "max_age: 86400"], ["*.far.example"]),
        fault,
        new TlsSessionDetail("mx1.far.example", "192.0.2.1", "2001:db8::2", "mx1", fault is null ? null : "It \"ended\".")));

    // To where reports of the first of January are due for certain.
    private void NextDay() => _queue.Clock.Advance(TimeSpan.FromHours(16.1));

    private Task UntilGoneAsync() => PassAsync(() => !Directory.GetFiles(_folder.Of("tls-reports"), "2120-01-01*").Any(), "the day to be over");

    private Task PassAsync(Func<bool> holds, string what) => QueueFixture.UntilAsync(() =>
    {
        if (holds())
            return true;
        _queue.Clock.Advance(TimeSpan.FromSeconds(30));
        return false;
    }, what);

    private static JsonNode Json(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        return JsonNode.Parse(gzip)!;
    }

    [Fact]
    public async Task A_report_is_mail_with_the_header_the_name_and_the_JSON_of_the_RFC()
    {
        _zone.ReportsTo = "v=TLSRPTv1; rua=mailto:tls-reports@far.example";
        await StartAsync(null, null, TlsFault.CertificateExpired);
        NextDay();
        await PassAsync(() => _zone.Next.Messages.Count == 1, "the report");
        var message = MimeMessage.Load(new MemoryStream(Encoding.ASCII.GetBytes(_zone.Next.Messages.Single())), TestContext.Current.CancellationToken);
        var id = message.MessageId;
        Assert.EndsWith(".far.example@here.example", id, StringComparison.Ordinal);
        Assert.Equal("Report Domain: far.example Submitter: here.example Report-ID: <" + id + ">", message.Subject!.Replace("\t", " ", StringComparison.Ordinal).Replace("  ", " ", StringComparison.Ordinal));
        Assert.Equal(("far.example", "here.example", "auto-generated"), (message.Headers["TLS-Report-Domain"], message.Headers["TLS-Report-Submitter"], message.Headers["Auto-Submitted"]));
        Assert.Equal(("tls@here.example", "tls-reports@far.example"), (message.From.Mailboxes.Single().Address, message.To.Mailboxes.Single().Address));
        var body = Assert.IsType<MultipartReport>(message.Body);
        Assert.Equal(("tlsrpt", 2), (body.ReportType, body.Count));
        Assert.Equal("text/plain", body[0].ContentType.MimeType);
        var part = Assert.IsType<MimePart>(body[1]);
        Assert.Equal("application/tlsrpt+gzip", part.ContentType.MimeType);
        Assert.Matches("^here\\.example!far\\.example!4733510400!4733596799![0-9a-f]+\\.json\\.gz$", part.FileName);
        using var content = new MemoryStream();
        await part.Content!.DecodeToAsync(content, TestContext.Current.CancellationToken);

        var expected = JsonNode.Parse($$"""
            {
              "organization-name": "Here & Sons",
              "date-range": { "start-datetime": "2120-01-01T00:00:00Z", "end-datetime": "2120-01-01T23:59:59Z" },
              "contact-info": "tls@here.example",
              "report-id": "{{id}}",
              "policies": [{
                "policy": {
                  "policy-type": "sts",
                  "policy-string": ["version: STSv1", "mode: testing", "mx: *.far.example", "max_age: 86400"],
                  "policy-domain": "far.example",
                  "mx-host": ["*.far.example"]
                },
                "summary": { "total-successful-session-count": 2, "total-failure-session-count": 1 },
                "failure-details": [{
                  "result-type": "certificate-expired",
                  "sending-mta-ip": "192.0.2.1",
                  "receiving-mx-hostname": "mx1.far.example",
                  "receiving-mx-helo": "mx1",
                  "receiving-ip": "2001:db8::2",
                  "failed-session-count": 1,
                  "failure-reason-code": "It \"ended\"."
                }]
              }]
            }
            """);
        Assert.True(JsonNode.DeepEquals(expected, Json(content.ToArray())), Json(content.ToArray()).ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        await UntilGoneAsync();
        Assert.Equal(("far.example", new DateOnly(2120, 1, 1), id, "tls-reports@far.example", null), _told.Select(one => (one.Domain, one.Date, one.ReportId, one.Target, one.Problem)).Single());
        Assert.Contains(_zone.Next.Commands, line => line.StartsWith("MAIL FROM:<tls@here.example>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Mail_arrives_whatever_is_wrong_with_TLS_and_is_not_in_the_next_report()
    {
        _zone.ReportsTo = "v=TLSRPTv1; rua=mailto:tls-reports@far.example";
        _zone.Policy = SecureZone.PolicyOf("enforce", "other.far.example");
        await StartAsync(TlsFault.ValidationFailure);
        NextDay();
        await PassAsync(() => _zone.Next.Messages.Count == 1, "the report");
        Assert.Empty(_queue.Sessions);
    }

    [Fact]
    public async Task Over_HTTPS_it_is_posted_and_again_with_the_same_id_until_it_is_taken()
    {
        _zone.ReportsTo = $"v=TLSRPTv1; rua={Url}";
        Answer = () => _posted.Count < 3 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.Created;
        await StartAsync(TlsFault.DnssecInvalid);
        NextDay();
        await UntilGoneAsync();
        Assert.Equal(3, _posted.Count);
        Assert.All(_posted, one => Assert.Equal((Url, "application/tlsrpt+gzip"), (one.Url.AbsoluteUri, one.Type)));
        Assert.Single(_posted.Select(one => Json(one.Body)["report-id"]!.GetValue<string>()).Distinct());
        Assert.Equal("dnssec-invalid", Json(_posted.First().Body)["policies"]![0]!["failure-details"]![0]!["result-type"]!.GetValue<string>());
        Assert.Equal([("reports.far.example answered 503.", true), ("reports.far.example answered 503.", true), (null, false)], _told.Select(one => (one.Problem, one.IsTriedAgain)));
        var times = _told.Select(one => one.Time).ToArray();
        Assert.InRange(times[2] - times[1], (times[1] - times[0]) * 1.5, TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task After_a_day_it_is_given_up_and_forgotten()
    {
        _zone.ReportsTo = $"v=TLSRPTv1; rua={Url}";
        Answer = () => HttpStatusCode.NotFound;
        await StartAsync(TlsFault.DnssecInvalid);
        NextDay();
        await PassAsync(() => !_posted.IsEmpty, "the first try");
        await QueueFixture.UntilAsync(() =>
        {
            _queue.Clock.Advance(TimeSpan.FromMinutes(10));
            return _told.Any(one => !one.IsTriedAgain);
        }, "an end");
        await UntilGoneAsync();
        Assert.InRange(_posted.Count, 5, 15);
        Assert.InRange(_told.Last().Time - _told.First().Time, TimeSpan.FromHours(23.9), TimeSpan.FromHours(30));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("v=TLSRPTv1; rua=http://reports.far.example/")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@far.example%0D%0ARCPT%20TO:b@far.example")]
    [InlineData("v=spf1 -all")]
    public async Task Without_a_record_that_wants_reports_nothing_is_sent(string? record)
    {
        _zone.ReportsTo = record;
        await StartAsync(null, TlsFault.DnssecInvalid);
        NextDay();
        await UntilGoneAsync();
        Assert.Empty(_told);
        Assert.Empty(_posted);
        Assert.Equal(0, _queue.Queue.Count);
    }

    [Fact]
    public async Task Nothing_is_sent_before_the_day_is_over()
    {
        _zone.ReportsTo = $"v=TLSRPTv1; rua={Url}";
        await StartAsync(TlsFault.DnssecInvalid);
        _queue.Clock.Advance(TimeSpan.FromHours(11.9));
        await PassAsync(() => File.Exists(Path.Join(_folder.Of("tls-reports"), "2120-01-01.json")), "the counts");
        Assert.Empty(_posted);
    }

    [Fact]
    public async Task A_restart_in_the_middle_of_the_day_and_of_sending_sends_each_report_once()
    {
        _zone.ReportsTo = $"v=TLSRPTv1; rua={Url},https://other.far.example/";
        Answer = () => _posted.Last().Url.Host.StartsWith("other", StringComparison.Ordinal) ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK;
        await StartAsync((TlsFault?)null);
        await _service!.DisposeAsync();
        await OpenAsync();
        Count(TlsFault.StartTlsNotSupported);
        NextDay();
        await PassAsync(() => _told.Count >= 2, "the first tries");
        await _service!.DisposeAsync();
        Answer = () => HttpStatusCode.OK;
        await OpenAsync();
        await UntilGoneAsync();
        Assert.Single(_posted, one => one.Url.AbsoluteUri == Url);
        var last = Json(_posted.Last().Body);
        Assert.Equal("other.far.example", _posted.Last().Url.Host);
        Assert.Equal(Json(_posted.First().Body)["report-id"]!.GetValue<string>(), last["report-id"]!.GetValue<string>());
        Assert.Equal("""{"total-successful-session-count":1,"total-failure-session-count":1}""", last["policies"]![0]!["summary"]!.ToJsonString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_killed_process_brought_into_the_queue_is_not_brought_again_and_what_it_did_not_is(bool isQueued)
    {
        _zone.ReportsTo = "v=TLSRPTv1; rua=mailto:tls-reports@far.example";
        await StartAsync((TlsFault?)null);
        await _service!.DisposeAsync();
        NextDay();
        var entry = await _queue.SpoolAsync("Subject: report\r\n\r\n", new Envelope { Sender = "", Recipients = [new EnvelopeRecipient { Address = "a@b.example", NextHop = "b.example" }], Expires = _queue.Clock.GetUtcNow().AddDays(1) });
        var log = new TlsSentLog(Path.Join(_folder.Of("tls-reports"), "2120-01-01.sent")).Read();
        await log.BeginAsync("far.example", "tls-reports@far.example", isQueued ? entry.Id.ToString() : QueueId.Next(_queue.Clock).ToString());
        await OpenAsync();
        await UntilGoneAsync();
        Assert.Equal(isQueued ? 0 : 1, _told.Count);
    }

    [Fact]
    public async Task A_key_of_the_contacts_domain_signs_it_with_the_header_fields_of_the_report()
    {
        _zone.ReportsTo = "v=TLSRPTv1; rua=mailto:tls-reports@far.example";
        await StartAsync((TlsFault?)null);
        var key = new DkimKeyStore(Path.GetDirectoryName(_queue.SpoolPath)!).Create("here.example", "s1", DkimKeyType.Rsa, 2048, activate: true);
        NextDay();
        await PassAsync(() => _zone.Next.Messages.Count == 1, "the report");
        var message = _zone.Next.Messages.Single();
        Assert.StartsWith("DKIM-Signature: ", message, StringComparison.Ordinal);
        var signature = MimeMessage.Load(new MemoryStream(Encoding.ASCII.GetBytes(message)), TestContext.Current.CancellationToken).Headers["DKIM-Signature"]!;
        Assert.Contains("TLS-Report-Domain:TLS-Report-Submitter", string.Concat(signature.Where(c => !char.IsWhiteSpace(c))), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(" l=", signature, StringComparison.Ordinal);
        Assert.Equal(["here.example s1 rsa-sha256 pass"], await MailAuth.VerifyAsync(_folder, message, key));
    }

    private sealed class Web(TlsReportTests test) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            test._posted.Enqueue((request.RequestUri!, request.Content!.Headers.ContentType?.MediaType, await request.Content.ReadAsByteArrayAsync(cancellationToken)));
            return new HttpResponseMessage(test.Answer());
        }
    }
}
