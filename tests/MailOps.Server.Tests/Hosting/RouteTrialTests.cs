using System.Net;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Queue.Routing;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

/// <summary>What is said of the way of mail, by the options of a server that does not run.</summary>
public sealed class RouteTrialTests : IAsyncDisposable
{
    private readonly PrivateFolder _store = new();
    private readonly StandInDns _dns = new(question => (question.Name, question.Type) switch
    {
        ("many.example", StandInDns.Mx) => StandInReply.Of(StandInRecord.Mx("many.example", 20, "two.example"), StandInRecord.Mx("many.example", 10, "one.example")),
        ("null.example", StandInDns.Mx) => StandInReply.Of(StandInRecord.Mx("null.example", 0, ".")),
        ("ours.example", StandInDns.Mx) => StandInReply.Of(StandInRecord.Mx("ours.example", 10, "mx.here.example")),
        ("backup.example", StandInDns.Mx) => StandInReply.Of(StandInRecord.Mx("backup.example", 10, "one.example"), StandInRecord.Mx("backup.example", 20, "mx.here.example"), StandInRecord.Mx("backup.example", 30, "two.example")),
        ("nohost.example", StandInDns.Mx) => StandInReply.Of(StandInRecord.Mx("nohost.example", 0, "empty.example")),
        ("one.example" or "two.example" or "plain.example", StandInDns.A) => StandInReply.Of(StandInRecord.Address(question.Name, "192.0.2.1")),
        ("mx.here.example", StandInDns.A) => StandInReply.Of(StandInRecord.Address(question.Name, "192.0.2.9")),
        ("missing.example", _) => StandInReply.NameError,
        ("broken.example", _) => StandInReply.ServerFailure,
        _ => StandInReply.Of(),
    });

    [Theory]
    // Here.
    [InlineData("ann@here.example", "Domain Account", "Delivered: into the mailbox of ann@here.example.")]
    [InlineData("ann+lists@here.example", "Domain Account", "Delivered: into the mailbox of ann@here.example (as ann+lists@here.example).")]
    [InlineData("team@here.example", "Domain Alias Account Account", "Delivered: into the mailbox of ann@here.example, the mailbox of carol@here.example.")]
    [InlineData("whoever@all.example", "Domain CatchAll Account", "Delivered: into the mailbox of carol@here.example.")]
    [InlineData("nobody@here.example", "Domain Account", "Refused: 550 5.1.1 No such user here.")]
    [InlineData("postmaster@here.example", "Domain Role Account", "Delivered: into the mailbox of ann@here.example.")]
    // Elsewhere, by the DNS.
    [InlineData("bob@many.example", "Domain Outbound Route Mx Host Host MtaSts Dane Policy Dane Policy Queue", "Sent: to one.example:25, then two.example:25.")]
    [InlineData("bob@plain.example", "Domain Outbound Route Mx Host MtaSts Dane Policy Queue", "Sent: to plain.example:25.")]
    [InlineData("bob@null.example", "Domain Outbound Route Mx Host Queue", "Refused: 556 5.1.10 *; it would come back to its sender.")]
    [InlineData("bob@ours.example", "Domain Outbound Route Mx Host Host Queue", "Refused: 554 5.4.6 Mail for ours.example loops back*; it would come back to its sender.")]
    [InlineData("bob@backup.example", "Domain Outbound Route Mx Host Host Host MtaSts Dane Policy Queue", "Sent: to one.example:25.")]
    [InlineData("bob@missing.example", "Domain Outbound Route Mx Host Queue", "Refused: 550 5.1.2 *; it would come back to its sender.")]
    [InlineData("bob@broken.example", "Domain Outbound Route Mx Host Queue", "Deferred: 451 4.4.3 *; it would be tried again.")]
    [InlineData("bob@nohost.example", "Domain Outbound Route Mx Host Host Queue", "Deferred: 451 4.4.4 *; it would be tried again.")]
    // By routes and literals.
    [InlineData("bob@routed.example", "Domain Outbound Route Host Policy Queue", "Sent: to 192.0.2.7:2525.")]
    [InlineData("bob@socket.example", "Domain Outbound Route Host Policy Queue", "Sent: to /run/lmtp.sock.")]
    [InlineData("bob@[192.0.2.5]", "Domain Outbound Route Host Policy Queue", "Sent: to 192.0.2.5:25.")]
    [InlineData("bob@[IPv6:2001:db8::1]", "Domain Outbound Route Host Policy Queue", "Sent: to 2001:db8::1:25.")]
    // None.
    [InlineData("no address", "Address", "Refused: 553 5.1.3 The address is none.")]
    [InlineData("", "Address", "Refused: 553 5.1.3 The address is none.")]
    [InlineData("a@b\r\nRCPT TO:<c@d>", "Address", "Refused: 553 5.1.3 The address is none.")]
    public async Task Each_step_is_told_and_the_verdict(string recipient, string steps, string verdict)
    {
        var found = await RunAsync(recipient);
        Assert.Equal(steps + " Verdict", string.Join(' ', found.Select(step => step.Step)));
        Assert.True(Wildcards.Fit(verdict.Replace("[", "`[", StringComparison.Ordinal), found[^1].Detail), found[^1].Detail);
        Assert.Equal(Enumerable.Range(1, found.Count), found.Select(step => step.Number));
        Assert.All(found, step => Assert.Equal(recipient, step.Recipient));
        Assert.Equal(found[^1].Detail[..found[^1].Detail.IndexOf(':', StringComparison.Ordinal)], found[^1].Verdict);
    }

    [Fact]
    public async Task A_smart_host_takes_what_has_no_route_and_no_exchanger_is_asked()
    {
        foreach (var (recipient, step, verdict) in new[] { ("bob@null.example", "SmartHost", "Sent: to 192.0.2.8:587."), ("bob@routed.example", "Route", "Sent: to 192.0.2.7:2525."), ("bob@[192.0.2.5]", "SmartHost", "Sent: to 192.0.2.8:587.") })
        {
            var found = await RunAsync(recipient, outbound => outbound with { SmartHost = To("[192.0.2.8]:587") });
            Assert.Equal((step, verdict), (found[2].Step, found[^1].Detail));
            Assert.DoesNotContain(found, one => one.Step == "Mx");
        }
    }

    [Fact]
    public async Task Null_MX_loops_and_hosts_that_are_left_out_are_explained()
    {
        Assert.Equal(("Fail", "null.example has a null MX: it takes no mail (RFC 7505)."), Of(await RunAsync("bob@null.example"), "Mx"));
        var backup = (await RunAsync("bob@backup.example")).Where(step => step.Step == "Host").Select(step => (step.Host, step.Status, step.Detail)).ToList();
        Assert.Equal([("one.example", "Pass", "Would be tried on port 25."), ("mx.here.example", "Warning", "Left out: it is this server, or not nearer than it."), ("two.example", "Warning", "Left out: it is this server, or not nearer than it.")], backup);
        var many = (await RunAsync("bob@many.example")).Where(step => step.Step == "Host").ToList();
        Assert.Equal([10, 20], many.Select(step => step.Preference ?? -1));
        Assert.Equal("192.0.2.1", Assert.Single(many[0].Address));
        Assert.Equal(("Fail", "nobody@here.example is neither an account nor an alias, and nothing takes all of the domain."), Of(await RunAsync("nobody@here.example"), "Account"));
        Assert.Equal(("Pass", "whoever@all.example is nobody's; the alias @all.example takes all of the domain and leads to carol@here.example."), Of(await RunAsync("whoever@all.example"), "CatchAll"));
    }

    [Theory]
    [InlineData("news@here.example", "bob@many.example", "SenderRoute", "Sent: to 192.0.2.8:587.")]
    [InlineData("NEWS@here.example", "bob@many.example", "SenderRoute", "Sent: to 192.0.2.8:587.")]
    [InlineData("whoever@all.example", "bob@null.example", "SenderRoute", "Sent: to 192.0.2.9:587.")]
    [InlineData("ann@here.example", "bob@plain.example", "Route", "Sent: to plain.example:25.")]
    [InlineData("news@here.example", "bob@routed.example", "Route", "Sent: to 192.0.2.7:2525.")]
    [InlineData(null, "bob@plain.example", "Route", "Sent: to plain.example:25.")]
    public async Task Mail_of_some_senders_takes_a_way_of_its_own(string? sender, string recipient, string step, string verdict)
    {
        var found = await RunAsync(recipient, outbound => outbound with { SenderRoutes = outbound.SenderRoutes.Add("news@here.example", To("[192.0.2.8]:587")).Add("all.example", To("[192.0.2.9]:587")) }, sender);
        Assert.Equal((step, verdict), (found[2].Step, found[^1].Detail));
    }

    [Fact]
    public async Task A_sender_that_is_no_address_is_told()
    {
        var found = await RunAsync("bob@many.example", sender: "no address");
        Assert.Equal(["Sender", "Verdict"], found.Select(step => step.Step));
        Assert.Equal("The sender 'no address' is no address. Write it as in ann@example.com.", found[0].Detail);
    }

    [Fact]
    public async Task Without_a_way_out_mail_for_others_is_refused()
    {
        var found = await RunAsync("bob@many.example", outbound => outbound with { Enabled = false });
        Assert.Equal(["Domain", "Outbound", "Verdict"], found.Select(step => step.Step));
        Assert.Equal("Refused: 550 5.7.1 Relaying denied, the domain is not served here.", found[^1].Detail);
        Assert.Equal("Delivered", (await RunAsync("ann@here.example", outbound => outbound with { Enabled = false }))[^1].Verdict);
    }

    public async ValueTask DisposeAsync()
    {
        await _dns.DisposeAsync();
        _store.Dispose();
    }

    private static (string, string) Of(IReadOnlyList<MailRouteStep> found, string step) => found.Where(one => one.Step == step).Select(one => (one.Status, one.Detail)).First();

    private static RouteTarget To(string text) => RouteTarget.TryParse(text, out var target, out var error) ? target : throw new FormatException(error);

    private async Task<IReadOnlyList<MailRouteStep>> RunAsync(string recipient, Func<OutboundOptions, OutboundOptions>? change = null, string? sender = null)
    {
        _store.Write("users", "ann@here.example:{PLAIN}secret\ncarol@here.example:{PLAIN}secret\n");
        _store.Write("aliases", "team@here.example ann@here.example, carol@here.example\n@all.example carol@here.example\n");
        var outbound = new OutboundOptions
        {
            Enabled = true,
            NameServer = "127.0.0.1",
            NameServerPort = _dns.Port,
            Routes = new OutboundOptions().Routes.Add("routed.example", To("[192.0.2.7]:2525")).Add("socket.example", To("lmtp:/run/lmtp.sock")),
        };
        return await RouteTest.RunAsync(
            new MailServerOptions
            {
                StorePath = _store.Path,
                HostName = "mx.here.example",
                Domains = ["here.example", "all.example"],
                Postmaster = "ann@here.example",
                Endpoints = [new MailEndpoint(MailProtocol.Smtp, TlsMode.StartTls, IPAddress.Loopback, 0)],
                Outbound = change?.Invoke(outbound) ?? outbound,
            },
            new RouteQuestion(recipient, sender),
            CancellationToken.None);
    }
}
