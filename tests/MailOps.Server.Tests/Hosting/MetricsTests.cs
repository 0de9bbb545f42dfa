using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Hosting.Metrics;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

public sealed class MetricsTests
{
    [Fact]
    public async Task A_listener_of_the_meter_hears_names_units_and_attributes_as_OpenTelemetry_has_them()
    {
        var heard = new List<string>();
        using var listener = new MeterListener();
        var host = $"{Guid.NewGuid():N}.example.com";
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "MailOps.Server" && instrument.Meter.Tags!.Single().Value is string name && name == host)
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear($"{instrument.Name} {instrument.Unit} {value} {Text(tags)}"));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Hear($"{instrument.Name} {instrument.Unit} {Text(tags)}"));
        listener.Start();
        await using var server = await TestServer.StartAsync(options => options with { HostName = host, Domains = ["example.com"] });
        await SendAsync(server);
        await server.WaitForAsync<ConnectionClosed>();
        listener.RecordObservableInstruments();

        Assert.Contains("mail.server.commands {command} 1 network.protocol.name=smtp mail.command=RCPT", heard);
        Assert.Contains("mail.server.messages {message} 1 network.protocol.name=smtp", heard);
        Assert.Contains("mail.server.refusals {refusal} 1 network.protocol.name=smtp mail.command=RCPT mail.reply.code=555", heard);
        Assert.Contains("mail.server.connection.duration s network.protocol.name=smtp mail.connection.end=Completed", heard);
        Assert.Contains("mail.server.active_connections {connection} 0 network.protocol.name=smtp", heard);
        Assert.Single(heard, line => line.StartsWith("mail.server.message.size By ", StringComparison.Ordinal));
        Assert.Contains(heard, line => line.StartsWith("mail.server.network.io By ", StringComparison.Ordinal) && line.EndsWith("network.io.direction=receive", StringComparison.Ordinal));

        void Hear(string line)
        {
            lock (heard)
                heard.Add(line);
        }

        static string Text(ReadOnlySpan<KeyValuePair<string, object?>> tags) => string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
    }

    [Fact]
    public async Task Prometheus_can_read_them_and_the_figures_are_right()
    {
        var python = Peers.Require("python3", "python3-prometheus-client");
        await using var server = await StartAsync();
        await SendAsync(server);
        await SendAsync(server);
        await server.ClosedAsync(2);
        var (head, body) = await GetAsync(server, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n", head, StringComparison.Ordinal);

        // The peer's own parser, which throws at what the format does not have.
        const string script = """
            import sys
            from prometheus_client.parser import text_string_to_metric_families
            for family in text_string_to_metric_families(sys.stdin.read()):
                for sample in family.samples:
                    print(family.type, sample.name, ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items())), sample.value)
            """;
        var parsed = (await PeerCommand.RunAsync(python, ["-c", script], body)).Succeeded().Output.Split('\n');
        Assert.Contains("counter mail_server_messages_total network_protocol_name=smtp 2.0", parsed);
        Assert.Contains("counter mail_server_commands_total mail_command=RCPT,network_protocol_name=smtp 6.0", parsed);
        Assert.Contains("gauge mail_server_active_connections network_protocol_name=imap 0.0", parsed);
        Assert.Contains("histogram mail_server_message_size_bytes_bucket le=1024,network_protocol_name=smtp 2.0", parsed);
        Assert.Contains("histogram mail_server_message_size_bytes_bucket le=+Inf,network_protocol_name=smtp 2.0", parsed);
        Assert.Contains("histogram mail_server_message_size_bytes_count network_protocol_name=smtp 2.0", parsed);
        Assert.Contains(parsed, line => line.StartsWith("counter mail_server_network_io_bytes_total network_io_direction=transmit,network_protocol_name=smtp ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_that_is_renamed_has_another_meter_and_Prometheus_sums_go_on()
    {
        var (old, renamed) = ($"{Guid.NewGuid():N}.example.com", $"{Guid.NewGuid():N}.example.com");
        var heard = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name is "mail.server.messages" or "mail.server.active_connections" && instrument.Meter.Tags?.SingleOrDefault().Value is string name && (name == old || name == renamed))
                self.EnableMeasurementEvents(instrument, name);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, name) =>
        {
            lock (heard)
                heard.Add($"{name} {instrument.Name} {value} {tags[0].Value}");
        });
        listener.Start();
        await using var server = await TestServer.StartAsync(options => options with { HostName = old, Domains = ["example.com"], MetricsEndpoint = new IPEndPoint(IPAddress.Loopback, 0) });
        await SendAsync(server);
        await server.ClosedAsync(1);
        await using var open = await server.ConnectAsync(MailProtocol.Imap);
        await open.ReadLineAsync();

        await server.Server.UpdateAsync(server.Server.Options with { HostName = renamed });
        await SendAsync(server);
        await server.ClosedAsync(2);
        listener.RecordObservableInstruments();

        Assert.Equal([$"{old} mail.server.messages 1 smtp", $"{renamed} mail.server.messages 1 smtp"], heard.Where(line => line.Contains("messages", StringComparison.Ordinal)));
        Assert.Equal([$"{renamed} mail.server.active_connections 1 imap"], heard.Where(line => line.EndsWith("active_connections 1 imap", StringComparison.Ordinal)));
        var (_, body) = await GetAsync(server, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Contains("mail_server_messages_total{network_protocol_name=\"smtp\"} 2\n", body, StringComparison.Ordinal);
        Assert.Contains("mail_server_active_connections{network_protocol_name=\"imap\"} 1\n", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_that_are_cut_off_because_they_are_too_fast_are_counted()
    {
        await using var server = await TestServer.StartAsync(options => options with
        {
            MetricsEndpoint = new IPEndPoint(IPAddress.Loopback, 0),
            Rates = new RateLimits { CommandsPerMinute = 1 },
            Limits = options.Limits with { Exempt = TrustedNetworks.None },
        });
        await using var client = await server.ConnectAsync(MailProtocol.Pop3);
        await client.ReadLineAsync();
        await client.AskAsync("NOTHING");
        await client.AskAsync("NOTHING");
        await server.ClosedAsync(1);
        var (_, body) = await GetAsync(server, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Contains("mail_server_connection_cutoffs_total{network_protocol_name=\"pop3\"} 1\n", body, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_and_help_are_escaped_and_buckets_add_up()
    {
        using var meter = new Meter("test");
        using var text = new PrometheusText(meter);
        meter.CreateCounter<long>("a.b", "By", "one\\two\nthree").Add(2, new KeyValuePair<string, object?>("c.d", "x\"y\\z\n"));
        var histogram = meter.CreateHistogram("h", "s", "Times", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2.5] });
        foreach (var value in new[] { 0.5, 1, 2, 3 })
            histogram.Record(value);

        Assert.Equal(
            """
            # HELP a_b_bytes_total one\\two\nthree
            # TYPE a_b_bytes_total counter
            a_b_bytes_total{c_d="x\"y\\z\n"} 2
            # HELP h_seconds Times
            # TYPE h_seconds histogram
            h_seconds_bucket{le="1"} 2
            h_seconds_bucket{le="2.5"} 3
            h_seconds_bucket{le="+Inf"} 4
            h_seconds_sum 6.5
            h_seconds_count 4

            """.ReplaceLineEndings("\n"),
            text.Render());
    }

    [Theory]
    [InlineData("GET /metrics HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400)]
    [InlineData("GET /metrics HTTP/1.1\r\nHost : a\r\n\r\n", 400)]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400)]
    [InlineData("GET /metrics HTTP/2.0\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET  /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("EHLO client.example.com\r\n\r\n", 400)]
    [InlineData("\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 404)]
    [InlineData("GET /metrics/../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 404)]
    [InlineData("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 405)]
    [InlineData("GET /metrics HTTP/1.0\r\n\r\n", 200)]
    [InlineData("GET /metrics?name=x HTTP/1.1\r\nhost: a\r\n\r\n", 200)]
    [InlineData("GET http://a/metrics HTTP/1.1\r\nHost: a\r\n\r\n", 200)]
    public async Task Requests_of_every_kind_are_answered_as_HTTP_has_it(string request, int status)
    {
        await using var server = await StartAsync();
        var (head, body) = await GetAsync(server, request);
        Assert.StartsWith($"HTTP/1.1 {status} ", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n", head, StringComparison.Ordinal);
        Assert.Equal(status == 200, body.Contains("# TYPE mail_server_commands_total counter\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task HEAD_brings_the_head_alone()
    {
        await using var server = await StartAsync();
        var (head, body) = await GetAsync(server, "HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Content-Length: 0\r\n", head, StringComparison.Ordinal);
        Assert.Empty(body);
    }

    [Fact]
    public async Task Too_long_a_request_and_silent_clients_hold_nobody_up()
    {
        await using var server = await StartAsync();
        var silent = new List<LineClient>();
        for (var i = 0; i < 31; i++)
            silent.Add(await LineClient.ConnectAsync(server.Server.MetricsEndpoint!.Port));
        var (head, _) = await GetAsync(server, "GET /metrics HTTP/1.1\r\nHost: " + new string('a', 10_000) + "\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 431 ", head, StringComparison.Ordinal);
        foreach (var client in silent)
            client.Reset();
        Assert.Empty(server.Events.OfType<ServerFaulted>());
    }

    [Fact]
    public async Task Those_who_ask_come_before_those_who_are_silent_the_oldest_of_whom_make_room()
    {
        await using var server = await StartAsync();
        var silent = new List<LineClient>();
        for (var i = 0; i < 40; i++)
            silent.Add(await LineClient.ConnectAsync(server.Server.MetricsEndpoint!.Port));
        var (head, _) = await GetAsync(server, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", head, StringComparison.Ordinal);

        Assert.Null(await silent[0].ReadLineAsync());
        await silent[^1].SendAsync("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", await silent[^1].ReadLineAsync());
        foreach (var client in silent)
            client.Reset();
        Assert.Empty(server.Events.OfType<ServerFaulted>());
    }

    [Fact]
    public async Task The_port_is_free_again_when_the_server_has_stopped_and_one_that_is_taken_is_told()
    {
        var endpoint = new IPEndPoint(IPAddress.Loopback, FreePort.Next());
        await using var server = await TestServer.StartAsync(options => options with { MetricsEndpoint = endpoint });
        var thrown = await Assert.ThrowsAsync<MailServerException>(() => TestServer.StartAsync(options => options with { MetricsEndpoint = endpoint }));
        Assert.Equal(MailServerFault.PortInUse, thrown.Fault);
        Assert.Contains($"{endpoint} (metrics)", thrown.Message, StringComparison.Ordinal);

        await server.Server.DisposeAsync();
        await using var again = await TestServer.StartAsync(options => options with { MetricsEndpoint = endpoint });
        Assert.Equal(endpoint, again.Server.MetricsEndpoint);
    }

    private static Task<TestServer> StartAsync() =>
        TestServer.StartAsync(options => options with { MetricsEndpoint = new IPEndPoint(IPAddress.Loopback, 0) });

    private static async Task SendAsync(TestServer server)
    {
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO client.example.org");
        await client.AskAsync("MAIL FROM:<bob@example.org>");
        await client.AskAsync("RCPT TO:<ann@elsewhere.example>");
        await client.AskAsync("RCPT TO:<ann@example.com> FOO=1");
        await client.AskAsync("RCPT TO:<ann@example.com>");
        await client.AskAsync("DATA");
        Assert.StartsWith("250", await client.AskAsync("Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);
        await client.AskAsync("QUIT");
    }

    private static async Task<(string Head, string Body)> GetAsync(TestServer server, string request)
    {
        await using var client = await LineClient.ConnectAsync(server.Server.MetricsEndpoint!.Port);
        await client.SendAsync(request);
        var all = await client.ReadToEndAsync();
        var end = all.IndexOf("\n\n", StringComparison.Ordinal);
        return (all[..(end + 1)].Replace("\n", "\r\n", StringComparison.Ordinal), all[(end + 2)..]);
    }
}
