using System.Net;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Hosting.Configuration;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Routing;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Hosting.Configuration;

/// <summary>What is risky in the options of a server that strangers reach.</summary>
public sealed class ConfigurationReviewTests
{
    private static readonly string[] Looked = ["ProxyFrom", "XClientFrom", "Lmtp", "NormalizeLineEnds", "LoginLock", "LoginPause", "LoginExempt", "MaxJunkCommands", "Timeouts"];

    [Fact]
    public void Nothing_of_it_is_found_in_a_server_with_its_defaults() =>
        Assert.All(Looked, check => Assert.Equal(ConfigurationRisk.None, Assert.Single(Find(Open(), check)).Risk));

    [Theory]
    [InlineData("0.0.0.0/0", ConfigurationRisk.Danger, "Everybody is believed")]
    [InlineData("::/0", ConfigurationRisk.Danger, "Everybody is believed")]
    [InlineData("127.0.0.0/1", ConfigurationRisk.Danger, "All of 0.0.0.0/1 are believed")]
    [InlineData("0.0.0.0/1", ConfigurationRisk.Danger, "All of 0.0.0.0/1 are believed")]
    [InlineData("126.0.0.0/7", ConfigurationRisk.Danger, "All of 126.0.0.0/7 are believed")]
    [InlineData("2000::/3", ConfigurationRisk.Danger, "All of 2000::/3 are believed")]
    [InlineData("10.0.0.0/8", ConfigurationRisk.Warning, "All of 10.0.0.0/8 are believed")]
    [InlineData("2001:db8::/32", ConfigurationRisk.Warning, "All of 2001:db8::/32 are believed")]
    [InlineData("127.0.0.0/8", ConfigurationRisk.None, "Nobody, or few addresses")]
    [InlineData("127.0.0.0/10", ConfigurationRisk.None, "Nobody, or few addresses")]
    [InlineData("::1", ConfigurationRisk.None, "Nobody, or few addresses")]
    [InlineData("10.0.0.0/24", ConfigurationRisk.None, "Nobody, or few addresses")]
    public void Networks_that_are_believed_are_judged_by_their_width(string network, ConfigurationRisk risk, string message)
    {
        var found = Assert.Single(Find(Open() with { ProxyFrom = TrustedNetworks.Parse([network]) }, "ProxyFrom"));
        Assert.Equal(risk, found.Risk);
        Assert.StartsWith(message, found.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, ConfigurationRisk.Danger, "Everybody who reaches the LMTP port may deliver")]
    [InlineData("0.0.0.0/0", ConfigurationRisk.Danger, "Everybody who reaches the LMTP port may deliver")]
    [InlineData("::/0", ConfigurationRisk.Danger, "Everybody who reaches the LMTP port may deliver")]
    [InlineData("128.0.0.0/1", ConfigurationRisk.Danger, "All of 128.0.0.0/1 who reach the LMTP port may deliver")]
    [InlineData("10.0.0.0/8", ConfigurationRisk.Warning, "All of 10.0.0.0/8 who reach the LMTP port may deliver")]
    [InlineData("10.0.0.0/24", ConfigurationRisk.None, "Nobody, or those who were named")]
    public void Who_may_deliver_by_LMTP_is_judged_by_the_width_of_the_networks(string? clients, ConfigurationRisk risk, string message)
    {
        var options = Open();
        options = options with { Lmtp = options.Lmtp with { Clients = clients is null ? null : TrustedNetworks.Parse([clients]) } };
        var found = Assert.Single(Find(options, "Lmtp"));
        Assert.Equal(risk, found.Risk);
        Assert.StartsWith(message, found.Message, StringComparison.Ordinal);
        var local = options with { Endpoints = [new MailEndpoint(MailProtocol.Lmtp, TlsMode.StartTls, IPAddress.Loopback, 24)] };
        Assert.Equal(ConfigurationRisk.None, Assert.Single(Find(local, "Lmtp")).Risk);
    }

    [Theory]
    [InlineData("*", ConfigurationRisk.None, "Every limit of a destination is of one that mail goes to")]
    [InlineData("free.example", ConfigurationRisk.None, "Every limit of a destination is of one that mail goes to")]
    [InlineData(".example", ConfigurationRisk.None, "Every limit of a destination is of one that mail goes to")]
    [InlineData("mail.routed.example", ConfigurationRisk.None, "Every limit of a destination is of one that mail goes to")]
    [InlineData("smtp.provider.example", ConfigurationRisk.None, "Every limit of a destination is of one that mail goes to")]
    [InlineData("192.0.2.1", ConfigurationRisk.None, "Every limit of a destination is of one that mail goes to")]
    [InlineData("routed.example", ConfigurationRisk.Warning, "The limits of routed.example in Outbound.DestinationLimits are never kept")]
    [InlineData(".below.example", ConfigurationRisk.Warning, "The limits of .below.example in Outbound.DestinationLimits are never kept")]
    public void A_limit_that_no_mail_comes_to_is_found(string pattern, ConfigurationRisk risk, string message)
    {
        var outbound = new OutboundOptions { Enabled = true };
        outbound = outbound with
        {
            Routes = outbound.Routes.Add("routed.example", Route("[mail.routed.example]")).Add(".below.example", Route("[192.0.2.1]:2525")),
            SenderRoutes = outbound.SenderRoutes.Add("ann@example.com", Route("[smtp.provider.example]")),
            DestinationLimits = outbound.DestinationLimits.Add(pattern, new DestinationLimits { MaxConnections = 1 }),
        };
        var found = Assert.Single(Find(Open() with { Outbound = outbound }, "DestinationLimits"));
        Assert.Equal(risk, found.Risk);
        Assert.StartsWith(message, found.Message, StringComparison.Ordinal);

        static RouteTarget Route(string text) => RouteTarget.TryParse(text, out var target, out var error) ? target : throw new InvalidOperationException(error);
    }

    [Theory]
    [InlineData(false, 300, 0, ConfigurationRisk.None, "What is held for later leaves within three months")]
    [InlineData(true, 30, 1000, ConfigurationRisk.None, "What is held for later leaves within three months")]
    [InlineData(true, 0, 0, ConfigurationRisk.None, "What is held for later leaves within three months")]
    [InlineData(true, 30, 0, ConfigurationRisk.Warning, "An account may have messages held for later without end")]
    [InlineData(true, 300, 10, ConfigurationRisk.Warning, "A message may be held for 300 days")]
    public void Mail_that_is_held_for_later_has_an_end_and_a_number(bool isOn, int days, int messages, ConfigurationRisk risk, string message)
    {
        var found = Assert.Single(Find(Open() with { Outbound = new OutboundOptions { Enabled = isOn, MaxFutureRelease = TimeSpan.FromDays(days), MaxHeldMessages = messages } }, "FutureRelease"));
        Assert.Equal(risk, found.Risk);
        Assert.StartsWith(message, found.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, AuthenticationOptions, ConfigurationRisk, string> OfLogins() => new()
    {
        { "LoginLock", Login(limits => limits with { FailuresPerAddress = 0, FailuresPerAccount = 0 }), ConfigurationRisk.Danger, "Nobody is locked" },
        { "LoginLock", Login(limits => limits with { FailuresPerAddress = 1_000_000, FailuresPerAccount = 1_000_000 }), ConfigurationRisk.Danger, "Nobody is locked" },
        { "LoginLock", Login(limits => limits with { FailuresPerAddress = 0 }), ConfigurationRisk.Warning, "No address is locked" },
        { "LoginLock", Login(limits => limits with { FailuresPerAccount = 0 }), ConfigurationRisk.Warning, "No account is locked" },
        { "LoginPause", new AuthenticationOptions { FailureDelay = TimeSpan.Zero }, ConfigurationRisk.Warning, "A failed login is answered at once" },
        { "LoginPause", new AuthenticationOptions { MaxFailureDelay = TimeSpan.Zero }, ConfigurationRisk.Warning, "A failed login is answered at once" },
        { "LoginExempt", Login(limits => limits with { Exempt = TrustedNetworks.Parse(["0.0.0.0/0", "::/0"]) }), ConfigurationRisk.Danger, "Everybody may fail to log in as often as they like" },
        { "LoginExempt", Login(limits => limits with { Exempt = TrustedNetworks.Parse(["10.0.0.0/8"]) }), ConfigurationRisk.Warning, "All of 10.0.0.0/8 may fail to log in as often as they like" },
    };

    [Theory]
    [MemberData(nameof(OfLogins))]
    public void What_makes_guessing_easy_is_found_where_strangers_log_in(string check, AuthenticationOptions login, ConfigurationRisk risk, string message)
    {
        var options = Open() with { Authentication = login };
        var found = Assert.Single(Find(options, check));
        Assert.Equal(risk, found.Risk);
        Assert.StartsWith(message, found.Message, StringComparison.Ordinal);

        var local = options with { Endpoints = MailServerConfiguration.StandardEndpoints(IPAddress.Loopback) };
        Assert.Equal(ConfigurationRisk.None, Assert.Single(Find(local, check)).Risk);
        Assert.Equal(risk, Assert.Single(Find(local with { ProxyFrom = TrustedNetworks.Loopback }, check)).Risk);
        Assert.Equal(ConfigurationRisk.None, Assert.Single(Find(options with { Capture = true }, check)).Risk);
    }

    [Fact]
    public void Limits_that_limit_nothing_are_found()
    {
        var options = Open() with { MaxJunkCommands = 1_000_000 };
        Assert.StartsWith("A client may send 1000000 commands", Assert.Single(Find(options, "MaxJunkCommands")).Message, StringComparison.Ordinal);

        options = options with
        {
            TransactionTimeout = TimeSpan.FromDays(7),
            Limits = options.Limits with { HandshakeTimeout = TimeSpan.FromHours(1) },
            Authentication = Login(limits => limits with { LockTime = TimeSpan.FromDays(7) }) with { MaxFailureDelay = TimeSpan.FromDays(1) },
        };
        var found = Find(options, "Timeouts");
        Assert.Equal(["TransactionTimeout", "Limits.HandshakeTimeout", "Authentication.MaxFailureDelay", "Authentication.Limits.LockTime"], found.Select(one => one.Evidence));
        Assert.All(found, one => Assert.Equal(ConfigurationRisk.Warning, one.Risk));
        Assert.StartsWith("TransactionTimeout is 7.00:00:00: so long a client keeps its connection", found[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_ends_that_are_changed_are_found_where_other_servers_send()
    {
        var options = Open();
        options = options with { Smtp = options.Smtp with { NormalizeLineEnds = true } };
        var found = Assert.Single(Find(options, "NormalizeLineEnds"));
        Assert.Equal(ConfigurationRisk.Warning, found.Risk);
        Assert.Contains("DKIM", found.Message, StringComparison.Ordinal);
        options = options with { Endpoints = [new MailEndpoint(MailProtocol.Submission, TlsMode.Implicit, IPAddress.Any, 465)] };
        Assert.Equal(ConfigurationRisk.None, Assert.Single(Find(options, "NormalizeLineEnds")).Risk);
    }

    [Theory]
    [InlineData("joe joe@elsewhere.example\n", false, ConfigurationRisk.Warning, "joe@example.com leads to other servers, and this one sends nothing there: mail for it is refused.")]
    [InlineData("joe joe@elsewhere.example\neve @elsewhere.example\n", false, ConfigurationRisk.Warning, "joe@example.com, eve@example.com lead to other servers, and this one sends nothing there: mail for them is refused.")]
    [InlineData("joe joe@elsewhere.example\n", true, ConfigurationRisk.None, "No alias leads to another server")]
    [InlineData("joe ann\n", false, ConfigurationRisk.None, "No alias leads to another server")]
    public void Aliases_that_lead_elsewhere_are_found_where_nothing_is_sent_on(string aliases, bool isOutbound, ConfigurationRisk risk, string message)
    {
        using var folder = new MailOps.Tests.Support.PrivateFolder();
        folder.Write("users", "ann@example.com:*\n");
        folder.Write("aliases", aliases);
        var found = Assert.Single(Find(Open() with { StorePath = folder.Path, Outbound = new() { Enabled = isOutbound } }, "Forwarding"));
        Assert.Equal(risk, found.Risk);
        Assert.StartsWith(message, found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Senders_that_stay_and_secrets_that_others_read_are_found()
    {
        using var folder = new MailOps.Tests.Support.PrivateFolder();
        folder.Write("users", "ann@example.com:*\n");
        folder.Write("aliases", "joe joe@elsewhere.example\n");
        var options = Open() with { StorePath = folder.Path, Outbound = new() { Enabled = true, SenderRewriting = MailOps.Server.Queue.SenderRewriting.None } };
        var found = Assert.Single(Find(options, "Forwarding"));
        Assert.Equal((ConfigurationRisk.Warning, "RFC 7208 section 10.3"), (found.Risk, found.Source));
        Assert.StartsWith("Mail for joe@example.com is sent on to other servers in the name of senders elsewhere", found.Message, StringComparison.Ordinal);
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(folder.Write("srs", "tops3cret\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        found = Assert.Single(Find(options, "Forwarding"));
        Assert.Equal(ConfigurationRisk.Danger, found.Risk);
        Assert.Contains($"Run 'chmod 600 {folder.Of("srs")}'", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Templates_of_reports_that_cannot_be_used_are_found_with_their_line()
    {
        using var folder = new PrivateFolder();
        var options = Open() with { StorePath = folder.Path };
        Assert.Equal((ConfigurationRisk.None, "Every template of reports can be used, or there are none."), Assert.Single(Find(options, "Templates")) is var none ? (none.Risk, none.Message) : default);
        folder.Write("templates/failure.de.txt", "Subject: Zurück\n\n{recipients}\n");
        Assert.Equal(ConfigurationRisk.None, Assert.Single(Find(options, "Templates")).Risk);

        folder.Write("templates/delay.de.txt", "Subject: Später\n\n{recipients}\n{untill}\n");
        folder.Write("templates/failure.deutsch-lich.txt", "");
        Assert.Equal(
            [
                (ConfigurationRisk.Warning, "delay.de.txt is not used for reports: in line 4 there is no placeholder {untill}. They are {recipients}, {host}, {sender}, {id}, {subject}, {arrived}, {until}, {deliver-by}; write {{ for a brace itself.", folder.Of("templates/delay.de.txt:4")),
                (ConfigurationRisk.Warning, "failure.deutsch-lich.txt is no name of a template, and is never used. Names are failure.txt, delay.txt, success.txt, relay.txt, expansion.txt, and with a language failure.de.txt or failure.pt-BR.txt.", folder.Of("templates/failure.deutsch-lich.txt")),
            ],
            Find(options, "Templates").Select(found => (found.Risk, found.Message, found.Evidence)));

        File.Delete(folder.Of("templates/delay.de.txt"));
        File.Delete(folder.Of("templates/failure.deutsch-lich.txt"));
        if (OperatingSystem.IsWindows())
            return;
        File.CreateSymbolicLink(folder.Of("templates/relay.txt"), folder.Of("gone"));
        Assert.StartsWith("relay.txt cannot be read, and is not used for reports: ", Assert.Single(Find(options, "Templates")).Message, StringComparison.Ordinal);
    }

    private static MailServerOptions Open() => new()
    {
        StorePath = Path.Combine(Path.GetTempPath(), "mailops-test-none"),
        HostName = "mail.example.com",
        Domains = ["example.com"],
        Endpoints = [.. MailServerConfiguration.StandardEndpoints(IPAddress.Any), new MailEndpoint(MailProtocol.Lmtp, TlsMode.StartTls, IPAddress.Any, 24)],
    };

    private static AuthenticationOptions Login(Func<LoginLimits, LoginLimits> change) => new() { Limits = change(new LoginLimits()) };

    private static List<ConfigurationFinding> Find(MailServerOptions options, string check) => [.. new ConfigurationReview(options).Findings().Where(found => found.Check == check)];
}
