using System.Net;
using System.Reflection;
using MailOps.Maildir;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Hosting.Configuration;
using MailOps.Server.Queue;
using MailOps.Server.Smtp;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Hosting.Configuration;

/// <summary>Reading a configuration: all of it can be used, or all that cannot is told.</summary>
public sealed class ConfigurationTests
{
    private static readonly string Folder = Path.GetTempPath();

    [Fact]
    public void The_least_configuration_listens_on_loopback_with_safe_defaults()
    {
        var options = Read(("StorePath", "store"));
        Assert.Equal(Path.Combine(Folder, "store"), options.StorePath);
        Assert.Equal("localhost", options.HostName);
        Assert.Equal(7, options.Endpoints.Count);
        Assert.All(options.Endpoints, endpoint => Assert.Equal(IPAddress.Loopback, endpoint.Address));
        Assert.False(options.Capture);
        Assert.False(options.Authentication.AllowPlaintextLogin);
        Assert.Equal(SenderCheck.Envelope, options.SenderCheck);
    }

    [Fact]
    public void Settings_are_taken_whatever_the_case_of_their_names()
    {
        var options = Read(
            ("storepath", "/srv/mail"),
            ("HOSTNAME", "mail.example.com"),
            ("Domains", new object[] { "example.com", "example.net" }),
            ("MaxMessageSize", "64MB"),
            ("MaxImapMessages", 5000),
            ("Layout", "fs"),
            ("Quota", Table(("Size", 1L << 30), ("Messages", 5000), ("Mailboxes", 70), ("RejectOver", true))),
            ("Postmaster", "ann@example.com"),
            ("SenderCheck", "EnvelopeAndFrom"),
            ("MaxJunkCommands", 30),
            ("TransactionTimeout", "00:20:00"),
            ("GreetingDelay", "00:00:05"),
            ("Outbound", Table(
                ("Enabled", true),
                ("RelayFrom", "10.0.0.20"),
                ("SmartHost", "[relay.example.com]:587"),
                ("Routes", Table(("bücher.example", "lmtp:/run/lmtp.sock"), (".example.net", "example.org"))),
                ("SenderRoutes", Table(("ann@example.com", "ann@[smtp.example.net]:587"), ("Example.ORG", "example.org"))),
                ("Port", 2525),
                ("NameServer", "127.0.0.1"),
                ("NameServerPort", 5353),
                ("Lifetime", "2.00:00:00"),
                ("WarnAfter", "01:00:00"),
                ("MaxFutureRelease", "3.00:00:00"),
                ("MaxHeldMessages", 50),
                ("FirstRetry", "1m"),
                ("LongestRetry", "00:30:00"),
                ("SenderRewriting", "Srs"),
                ("SrsDomain", "example.net"),
                ("TlsReports", Table(("Contact", "tls@example.com"), ("Organization", "Example"))),
                ("DestinationLimits", Table(("*", Table(("MaxMessagesPerMinute", 600))), ("*.Bücher.example", Table(("maxconnections", "2"), ("MaxMessagesPerConnection", 10))), ("2001:db8::1", Table(("MaxConnections", 1))))),
                ("MaxConnectionsPerDestination", 5))),
            ("Tracking", Table(("Enabled", false), ("MaxAge", "90d"), ("MaxSize", "4GB"))),
            ("ProxyFrom", "10.0.0.1"),
            ("XClientFrom", new object[] { "10.0.0.0/24" }),
            ("Limits", Table(("MaxConnections", 300), ("MaxConnectionsPerAddress", 20), ("Exempt", "192.0.2.0/24"), ("HandshakeTimeout", "45s"))),
            ("Rates", Table(("ConnectionsPerMinute", 1), ("CommandsPerMinute", 2), ("MessagesPerMinute", 3), ("RecipientsPerMinute", 4), ("AccountMessagesPerDay", 5), ("AccountRecipientsPerDay", 0))),
            ("Authentication", Table(("AllowPlaintextLogin", true), ("FailureDelay", 1.5), ("MaxFailureDelay", "00:00:10"))));
        Assert.Equal((Path.GetFullPath("/srv/mail"), "mail.example.com"), (options.StorePath, options.HostName));
        Assert.Equal(["example.com", "example.net"], options.Domains);
        Assert.Equal((64 << 20, 5000), (options.MaxMessageSize, options.MaxImapMessages));
        Assert.Equal(MaildirLayout.Fs, options.Layout);
        Assert.Equal(new MailQuota(1L << 30, 5000), options.Quota);
        Assert.Equal(70, options.MaxMailboxes);
        Assert.True(options.RejectOverQuota);
        Assert.Equal((30, TimeSpan.FromMinutes(20), TimeSpan.FromSeconds(5)), (options.MaxJunkCommands, options.TransactionTimeout, options.GreetingDelay));
        Assert.Equal((false, TimeSpan.FromDays(90), 4L << 30), (options.Tracking.Enabled, options.Tracking.MaxAge, options.Tracking.MaxSize));
        var outbound = options.Outbound;
        Assert.Equal("10.0.0.20/32", outbound.RelayFrom.ToString());
        Assert.Equal((true, "[relay.example.com]:587", 2525, "127.0.0.1", 5353), (outbound.Enabled, outbound.SmartHost!.Text, outbound.Port, outbound.NameServer, outbound.NameServerPort));
        Assert.Equal((TimeSpan.FromDays(2), TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(30), 5), (outbound.Lifetime, outbound.WarnAfter, outbound.FirstRetry, outbound.LongestRetry, outbound.MaxConnectionsPerDestination));
        Assert.Equal((TimeSpan.FromDays(3), 50), (outbound.MaxFutureRelease, outbound.MaxHeldMessages));
        Assert.Equal(new TlsReportOptions { Contact = "tls@example.com", Organization = "Example" }, outbound.TlsReports);
        Assert.Equal(
            [("*", new DestinationLimits { MaxMessagesPerMinute = 600 }), (".xn--bcher-kva.example", new DestinationLimits { MaxConnections = 2, MaxMessagesPerConnection = 10 }), ("2001:db8::1", new DestinationLimits { MaxConnections = 1 })],
            outbound.DestinationLimits.Select(one => (one.Key, one.Value)));
        Assert.Equal((MailOps.Server.Queue.SenderRewriting.Srs, "example.net"), (outbound.SenderRewriting, outbound.SrsDomain));
        Assert.Equal(["ann@example.com ann@[smtp.example.net]:587", "example.org example.org"], outbound.SenderRoutes.Select(route => $"{route.Key} {route.Value}"));
        Assert.Equal([".example.net example.org", "xn--bcher-kva.example lmtp:/run/lmtp.sock"], outbound.Routes.Select(route => $"{route.Key} {route.Value}"));
        Assert.Equal(("10.0.0.1/32", "10.0.0.0/24"), (options.ProxyFrom.ToString(), options.XClientFrom.ToString()));
        Assert.Equal(new RateLimits { ConnectionsPerMinute = 1, CommandsPerMinute = 2, MessagesPerMinute = 3, RecipientsPerMinute = 4, AccountMessagesPerDay = 5, AccountRecipientsPerDay = 0 }, options.Rates);
        Assert.Equal((300, 20, "192.0.2.0/24", TimeSpan.FromSeconds(45)), (options.Limits.MaxConnections, options.Limits.MaxConnectionsPerAddress, options.Limits.Exempt.ToString(), options.Limits.HandshakeTimeout));
        Assert.Equal((true, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(10)), (options.Authentication.AllowPlaintextLogin, options.Authentication.FailureDelay, options.Authentication.MaxFailureDelay));
    }

    [Fact]
    public void Listeners_have_the_usual_port_and_TLS_of_what_they_speak()
    {
        var options = Read(("StorePath", "x"), ("ListenAddress", "::1"), ("Listeners", new object[]
        {
            Table(("Protocol", "Smtp")),
            Table(("Protocol", "Submission"), ("Port", 465)),
            Table(("Protocol", "Imap"), ("Port", 1143), ("Tls", "Implicit"), ("Address", new object[] { "127.0.0.1", "127.0.0.2" })),
        }));
        Assert.Equal(
            [
                new MailEndpoint(MailProtocol.Smtp, TlsMode.StartTls, IPAddress.IPv6Loopback, 25),
                new MailEndpoint(MailProtocol.Submission, TlsMode.Implicit, IPAddress.IPv6Loopback, 465),
                new MailEndpoint(MailProtocol.Imap, TlsMode.Implicit, IPAddress.Loopback, 1143),
                new MailEndpoint(MailProtocol.Imap, TlsMode.Implicit, IPAddress.Parse("127.0.0.2"), 1143),
            ],
            options.Endpoints);
    }

    [Fact]
    public void Roles_have_their_rules_and_LMTP_its_socket()
    {
        var options = Read(
            ("StorePath", "x"),
            ("Smtp", Table(("Clients", "192.0.2.0/24"))),
            ("Submission", Table(("RequireTls", true), ("NormalizeLineEnds", true), ("MaxMessageSize", "100MB"))),
            ("Metrics", Table(("Port", 9154))),
            ("Listeners", new object[] { Table(("Protocol", "Lmtp")), Table(("Protocol", "Lmtp"), ("Path", "lmtp"), ("Mode", "0600")) }));
        Assert.Equal("192.0.2.0/24", options.Smtp.Clients!.ToString());
        Assert.Equal((true, 100L << 20, LoginRule.Required), (options.Submission.RequireTls, options.Submission.MaxMessageSize, options.Submission.Login));
        Assert.Equal((false, true, false), (options.Smtp.NormalizeLineEnds, options.Submission.NormalizeLineEnds, options.Lmtp.NormalizeLineEnds));
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 9154), options.MetricsEndpoint);
        Assert.Equal(24, options.Endpoints[0].Port);
        Assert.Equal((Path.Combine(Folder, "lmtp"), UnixFileMode.UserRead | UnixFileMode.UserWrite), (options.Endpoints[1].Path, options.Endpoints[1].PathMode));
    }

    [Fact]
    public void Senders_of_forwarded_mail_can_be_left_as_they_are() =>
        Assert.Equal(MailOps.Server.Queue.SenderRewriting.None, Read(("StorePath", "/srv/mail"), ("Outbound", Table(("SenderRewriting", "None")))).Outbound.SenderRewriting);

    public static TheoryData<string, object?, string> Wrongs() => new()
    {
        { "HostName", 5, "HostName is 5, and has to be a text." },
        { "HostName", "", "HostName is empty, and has to be a text." },
        { "Capture", "yes", "Capture is 'yes', and has to be $true or $false." },
        { "MaxMessageSize", "50 apples", "MaxMessageSize is '50 apples', and has to be a size from 1KB to 2GB, as in 50MB." },
        { "MaxMessageSize", 10, "MaxMessageSize is 10, and has to be a size from 1KB to 2GB, as in 50MB." },
        { "Layout", "nested", "Layout is 'nested', and has to be one of MaildirPlusPlus, Fs." },
        { "SenderCheck", "2", "SenderCheck is '2', and has to be one of None, Envelope, EnvelopeAndFrom." },
        { "ProxyFrom", "everybody", "ProxyFrom: 'everybody' is neither an address nor a network. Write it as in 192.0.2.10, 10.0.0.0/8 or 2001:db8::/32." },
        { "Domains", new object[] { "example.com", 7 }, "Domains[1] is 7, and has to be a text, or a list of texts." },
        { "ListenAddress", "mail.example.com", "ListenAddress is 'mail.example.com', and has to be an address, as in 127.0.0.1, 0.0.0.0 or ::." },
        { "Rates", Table(("CommandsPerMinute", -1)), "Rates.CommandsPerMinute is -1, and has to be a whole number from 0 to 10000000." },
        { "Outbound", Table(("SmartHost", "192.0.2.1")), "Outbound.SmartHost: '192.0.2.1' is an address: write it in brackets, [192.0.2.1]." },
        { "Outbound", Table(("Routes", Table(("not a domain", "example.org")))), "Outbound.Routes: 'not a domain' is no domain. Write it as in example.net, or .example.net for all domains below it." },
        { "Outbound", Table(("Routes", Table(("example.net", "/run/lmtp.sock")))), "Outbound.Routes: '/run/lmtp.sock' is the path of a socket, which is spoken to with LMTP: write lmtp:/run/lmtp.sock." },
        { "Outbound", Table(("SenderRoutes", Table(("@", "example.org")))), "Outbound.SenderRoutes: '@' is no sender. Write an address, or a domain for all of its addresses." },
        { "Outbound", Table(("SenderRoutes", Table(("a@example.net", "/run/x")))), "Outbound.SenderRoutes: '/run/x' is the path of a socket, which is spoken to with LMTP: write lmtp:/run/x." },
        { "Outbound", Table(("SenderRoutes", "x")), "Outbound.SenderRoutes is 'x', and has to be a table, as in SenderRoutes = @{ 'ann@example.net' = 'ann@[mail.example.net]:587' }." },
        { "Outbound", Table(("Routes", "example.org")), "Outbound.Routes is 'example.org', and has to be a table, as in Routes = @{ 'example.net' = '[mail.example.net]' }." },
        { "Outbound", Table(("DestinationLimits", 5)), "Outbound.DestinationLimits is 5, and has to be a table, as in DestinationLimits = @{ '*' = @{ MaxMessagesPerMinute = 600 }; 'example.net' = @{ MaxConnections = 2 } }." },
        { "Outbound", Table(("DestinationLimits", Table(("example.net", 5)))), "Outbound.DestinationLimits: example.net has no limit. Give it a table of MaxConnections, MaxMessagesPerConnection, MaxMessagesPerMinute, as in " },
        { "Outbound", Table(("DestinationLimits", Table(("not a domain", Table(("MaxConnections", 1)))))), "Outbound.DestinationLimits: 'not a domain' is no destination. Write a domain or the host of a route as in example.net, .example.net for all below it, or * for all." },
        { "Outbound", Table(("DestinationLimits", Table(("example.net", Table(("MaxConnections", 1001)))))), "Outbound.DestinationLimits: example.net: MaxConnections is '1001', and has to be a whole number from 1 to 1000." },
        { "Outbound", Table(("DestinationLimits", Table(("example.net", Table(("Speed", 5), ("MaxConnections", 1)))))), "Outbound.DestinationLimits: example.net: there is no limit 'Speed'. The limits are MaxConnections, MaxMessagesPerConnection, MaxMessagesPerMinute." },
        { "Outbound", Table(("SenderRewriting", "None"), ("SrsDomain", "example.com")), "Outbound.SrsDomain: A domain is given for senders that are rewritten, and Outbound.SenderRewriting has none rewritten." },
        { "Outbound", Table(("SenderRewriting", "Batv")), "Outbound.SenderRewriting is 'Batv', and has to be one of None, Srs." },
        { "Outbound", Table(("Smarthosts", "[a]")), "Outbound has no setting 'Smarthosts'. Is SmartHost meant?" },
        { "Outbound", Table(("Lifetime", 1)), "Outbound.Lifetime is 1, and has to be a time from " },
        { "Tracking", Table(("MaxAge", "1h")), "Tracking.MaxAge is '1h', and has to be a time from 86400 to 315360000 seconds, as in 30, '30s', '5m' or '00:05:00'." },
        { "Tracking", Table(("MaxSize", 1000)), "Tracking.MaxSize is 1000, and has to be a size from 1MB to 1TB, as in 50MB." },
        { "Limits", 100, "Limits is 100, and has to be a table, as in Limits = @{ MaxConnections = … }." },
        { "Limits", Table(("MaxConnections", 0)), "Limits.MaxConnections is 0, and has to be a whole number from 1 to 1000000." },
        { "Limits", Table(("MaxConnection", 5)), "Limits has no setting 'MaxConnection'. Is MaxConnections or MaxConnectionsPerAddress meant?" },
        { "Limits", Table(("HandshakeTimeout", "2 hours")), "Limits.HandshakeTimeout is '2 hours', and has to be a time from 1 to 3600 seconds, as in 30, '30s', '5m' or '00:05:00'." },
        { "Hostnam", "x", "There is no setting 'Hostnam'. Is HostName meant?" },
        { "Listeners", Array.Empty<object>(), "Listeners is an empty list: the server would listen nowhere. Leave it out for the standard ports." },
        { "Listeners", "Imap", "Listeners is 'Imap', and has to be a table, as in @{ Protocol = 'Imap'; Port = 143 }." },
        { "Listeners", Table(("Port", 25)), "Listeners has no Protocol. Say what is spoken there: " },
        { "Listeners", Table(("Protocol", "Imap"), ("Port", 70000)), "Listeners.Port is 70000, and has to be a whole number from 0 to 65535." },
        { "Listeners", Table(("Protocol", "Imap"), ("Tls", "None")), "Listeners.Tls is 'None', and TLS is always offered: write 'StartTls' or 'Implicit'." },
        { "Listeners", Table(("Protocol", "Imap"), ("Prot", 143)), "Listeners has no setting 'Prot'. Is Protocol meant?" },
        { "Listeners", new object[] { Table(("Protocol", "Imap")), Table(("Protocol", "Pop3"), ("Port", 143)) }, "Listeners: Two listeners have 127.0.0.1:143. Give each a port of its own." },
        { "Listeners", new object[] { Table(("Protocol", "Imap"), ("Address", "0.0.0.0")), Table(("Protocol", "Pop3"), ("Port", 143)) }, "Listeners: Two listeners have 0.0.0.0:143 and 127.0.0.1:143, and the first is every address of IPv4. Name it alone, or give each a port of its own." },
        { "Listeners", new object[] { Table(("Protocol", "Imap")), Table(("Protocol", "Pop3"), ("Port", 143), ("Address", "::")) }, "Listeners: Two listeners have [::]:143 and 127.0.0.1:143, and the first is every address, of IPv4 too. Name it alone, or give each a port of its own." },
        { "Listeners", new object[] { Table(("Protocol", "Imap"), ("Port", 0)), Table(("Protocol", "Imap"), ("Port", 0)) }, "Listeners: Two listeners are the same, Imap at 127.0.0.1 on any port that is free. Name it once." },
        { "Listeners", new object[] { Table(("Protocol", "Lmtp"), ("Path", "/x")), Table(("Protocol", "Lmtp"), ("Path", "/x"), ("Mode", "0600")) }, "Listeners: Two listeners have the socket '/x'. Name each path once." },
        { "Listeners", Table(("Protocol", "Lmtp"), ("Port", 25)), "Listeners: LMTP may not be spoken on port 25" },
        { "Listeners", Table(("Protocol", "Lmtp"), ("Path", "a\0b")), "Listeners.Path is a path with the character NUL in it, which no file can have. Write another." },
        { "Metrics", Table(("Port", 993)), "Metrics: The metrics and a listener for Imap have 127.0.0.1:993. Give each a port of its own." },
        { "HostName", "mx\nx", "HostName: 'mx?x' is not the name of a host. Write it as in mail.example.com." },
        { "HostName", "mx x", "HostName: 'mx x' is not the name of a host. Write it as in mail.example.com." },
        { "HostName", "mx.example.com.", "HostName: 'mx.example.com.' is not the name of a host. Write it as in mail.example.com." },
        { "HostName", "my_host", "HostName: 'my_host' is not the name of a domain, and there is no other whose mail is taken. Name one in Domains, as in example.com." },
        { "Domains", new object[] { "example.com", "ex ample" }, "Domains: 'ex ample' is not the name of a domain. Write it as in example.com." },
        { "Domains", "-x", "Domains: '-x' is not the name of a domain. Write it as in example.com." },
        { "Postmaster", "@example.com", "Postmaster: '@example.com' cannot be the postmaster: write the address of an account or an alias, as in ann@example.com." },
        { "StorePath", "a\0b", "StorePath is a path with the character NUL in it, which no file can have. Write another." },
        { "Lmtp", Table(("Login", "Offered")), "Lmtp.Login: LMTP has no logins" },
        { "Submission", Table(("Login", "None")), "Submission.Login: Submission without logins" },
        { "Listeners", Table(("Protocol", "Imap"), ("Path", "x")), "Listeners.Path: Imap is not spoken over a Unix socket; Lmtp is." },
        { "Listeners", Table(("Protocol", "Lmtp"), ("Path", "x"), ("Mode", "0999")), "Listeners.Mode is '0999', and has to be rights in octal, as in '0660'." },
        { "Listeners", Table(("Protocol", "Lmtp"), ("Path", "x"), ("Port", 24)), "Listeners.Port cannot be given with Path: a Unix socket has none." },
        { "ClientCertificates", "ca.pem", "ClientCertificates is 'ca.pem', and has to be a table, as in ClientCertificates = @{ Authority = 'staff-ca.pem' }." },
        { "ClientCertificates", Table(("Authority", "/nowhere/ca.pem")), "'/nowhere/ca.pem' cannot be read: " },
        { "ClientCertificates", Table(("Accounts", Table(("AB", "ann@example.com")))), "ClientCertificates: 'AB' is not a SHA-256 fingerprint" },
        { "ClientCertificates", Table(("Naming", "Face")), "ClientCertificates.Naming is 'Face', and has to be one of " },
        { "Authentication", Table(("Tokens", Table(("KeyPath", "jwks.json")))), "Authentication.Tokens has no Issuer. " },
        { "Authentication", Table(("Tokens", Table(("KeyPath", "/nowhere.json"), ("Issuer", "x"), ("Audience", "y")))), "Authentication.Tokens cannot be used: " },
        { "Metrics", 9154, "Metrics is 9154, and has to be a table, as in Metrics = @{ Port = 9154 }." },
        { "Metrics", Table(("Address", "::1")), "Metrics has no Port. Name the one where they are to be read." },
        { "Submission", Table(("Login", "Never")), "Submission.Login is 'Never', and has to be one of None, Offered, Required." },
        { "Certificate", "/nowhere/mail.pem", "The certificate '/nowhere/mail.pem' cannot be used: " },
        { "Certificate", Table(("Password", "x")), "Certificate has no setting 'Password'. Is PasswordFile meant?" },
    };

    [Theory]
    [MemberData(nameof(Wrongs))]
    public void What_cannot_be_used_is_told_with_its_name_and_what_to_write(string name, object? value, string message)
    {
        var result = MailServerConfiguration.Read(Root((name == "StorePath" ? "Capture" : "StorePath", name == "StorePath" ? false : "x"), (name, value)), Folder);
        Assert.Null(result.Options);
        Assert.StartsWith(message, result.Problems[0].Message, StringComparison.Ordinal);
        Assert.Equal(2, result.Problems[0].Line);
    }

    [Fact]
    public void All_problems_are_told_at_once_in_the_order_of_their_lines()
    {
        var result = MailServerConfiguration.Read(Root(("Capture", 1), ("Nothing", 2), ("Limits", Table(("MaxConnections", -1))), ("Domains", 4)), Folder);
        Assert.Equal([(0, ""), (1, "Capture"), (2, "Nothing"), (3, "Limits.MaxConnections"), (4, "Domains")], result.Problems.Select(problem => (problem.Line, problem.Setting)));
    }

    [Fact]
    public void What_can_be_read_and_not_be_used_is_told_with_the_rest_and_what_cannot_be_read_once()
    {
        var result = MailServerConfiguration.Read(
            Root(("StorePath", "x"), ("HostName", "a b"), ("Domains", new object[] { "ex ample", "-x" }), ("Postmaster", "@x"), ("Capture", 1), ("Listeners", Table(("Port", 25))), ("Submission", Table(("Login", "None"), ("MaxMessageSize", 1)))),
            Folder);
        Assert.Equal(
            [(2, "HostName"), (3, "Domains"), (3, "Domains"), (4, "Postmaster"), (5, "Capture"), (6, "Listeners"), (7, "Submission.MaxMessageSize"), (7, "Submission.Login")],
            result.Problems.Select(problem => (problem.Line, problem.Setting)));
    }

    [Fact]
    public void A_name_of_a_machine_may_have_an_underscore_where_domains_are_named() =>
        Assert.Equal("my_host", Read(("StorePath", "x"), ("HostName", "my_host"), ("Domains", "example.com")).HostName);

    [Fact]
    public void Every_option_of_a_server_has_a_setting()
    {
        // What a file cannot say, and what is said by the setting of another name.
        string[] elsewhere = ["Endpoints", "Clock", "Intermediates", "Authentication.Capture", "Hooks"];
        var names = MailServerConfiguration.Names.ToHashSet(StringComparer.Ordinal);
        var renamed = new Dictionary<string, string>(StringComparer.Ordinal) { ["Quota.Bytes"] = "Quota.Size", ["MaxMailboxes"] = "Quota.Mailboxes", ["RejectOverQuota"] = "Quota.RejectOver", ["MetricsEndpoint"] = "Metrics" };
        var missing = OptionNames(typeof(MailServerOptions), "").Where(name => !elsewhere.Contains(name) && !names.Contains(renamed.GetValueOrDefault(name, name))).ToList();
        Assert.Empty(missing);

        static IEnumerable<string> OptionNames(Type type, string table) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite)
            .SelectMany(property => property.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal) || property.PropertyType.Name is "ConnectionLimits" or "RateLimits" or "LoginLimits" or "MailQuota" or "SmtpRules" or "Pop3Rules"
                ? OptionNames(property.PropertyType, Setting.NameIn(table, property.Name))
                : [Setting.NameIn(table, property.Name)]);
    }

    [Theory]
    [InlineData("examples/MailServer.psd1", false)]
    [InlineData("src/MailOps.Cmdlets/about_MailServerConfiguration.help.txt", true)]
    public void The_example_and_the_help_name_every_setting(string file, bool byWholeName)
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "MailOps.sln")))
            at = at.Parent!;
        var text = File.ReadAllText(Path.Combine(at.FullName, file));
        Assert.All(MailServerConfiguration.Names, name => Assert.Contains(byWholeName ? name : name[(name.LastIndexOf('.') + 1)..], text, StringComparison.Ordinal));
    }

    internal static Setting Root(params (string Name, object? Value)[] settings) => Make("", 0, Table(settings));

    private static (string Name, object? Value)[] Table(params (string Name, object? Value)[] settings) => settings;

    private static MailServerOptions Read(params (string Name, object? Value)[] settings)
    {
        var result = MailServerConfiguration.Read(Root(settings), Folder);
        Assert.Empty(result.Problems);
        return result.Options!;
    }

    private static Setting Make(string name, int line, object? value) => value switch
    {
        (string Name, object? Value)[] members => Setting.Table(name, line, [.. members.Select((member, i) => Make(Setting.NameIn(name, member.Name), name.Length == 0 ? i + 1 : line, member.Value))]),
        object[] items => Setting.List(name, line, [.. items.Select((item, i) => Make($"{name}[{i}]", line, item))]),
        _ => Setting.Of(name, line, value),
    };
}
