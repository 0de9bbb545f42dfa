using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Smtp;
using MailOps.Wire;

namespace MailOps.Server.Hosting.Configuration;

/// <summary>Looks at the options of a server for what is risky. Nothing is changed, and nothing is listened on.</summary>
/// <param name="options">The options, complete.</param>
public sealed partial class ConfigurationReview(MailServerOptions options)
{
    private const int WidestTrusted4 = 16;
    private const int WidestTrusted6 = 48;
    private const int WidestOfOne4 = 8;
    private const int WidestOfOne6 = 16;
    private const long LargestUsual = 1L << 30;
    private static readonly TimeSpan LongestTracking = TimeSpan.FromDays(366);
    private const int MostFailures = 1000;
    private const int MostJunk = 1000;

    private static readonly TimeSpan EndsSoon = TimeSpan.FromDays(21);

    private bool IsOpen => options.Endpoints.Any(endpoint => endpoint.Path is null && !IPAddress.IsLoopback(endpoint.Address));

    // Proxies bring strangers to loopback too.
    private bool TakesLogins => !options.Capture && (IsOpen || options.ProxyFrom.Networks.Count + options.XClientFrom.Networks.Count > 0);

    private DateTimeOffset Now => options.Clock.GetUtcNow();

    /// <summary>Everything that is looked at, each with at least one finding.</summary>
    public IReadOnlyList<ConfigurationFinding> Findings() =>
    [
        .. Capture(), .. Plaintext(), .. HostName(), .. Domains(), .. Certificate(), .. CertificateKey(), .. Trusted("ProxyFrom", options.ProxyFrom, "say which client they speak for"),
        .. Trusted("XClientFrom", options.XClientFrom, "say which client and which account they speak for"),
        .. Lmtp(), .. Submission(), .. LineEnds(), .. Metrics(), .. LoginLock(), .. LoginPause(), .. LoginExempt(), .. Limits(), .. Rates(), .. Junk(), .. Times(), .. Handles(), .. MessageSize(), .. Senders(), .. Outbound(), .. DestinationLimits(), .. FutureRelease(), .. Templates(), .. TlsReports(), .. Signing(), .. Forwarding(), .. Tracking(),
        .. Store(), .. Accounts(), .. Roles(),
    ];

    private IEnumerable<ConfigurationFinding> Capture() => One("Capture", !options.Capture || !IsOpen ? null
        : Danger($"The server takes any mail and any login, and listens on {Addresses()}: everybody who reaches it reads and writes. Listen on loopback, or turn Capture off."));

    private IEnumerable<ConfigurationFinding> Plaintext() => One("PlaintextLogin", !options.Authentication.AllowPlaintextLogin ? null
        : IsOpen ? Danger($"Passwords may cross {Addresses()} without TLS, where others can read them. Turn Authentication.AllowPlaintextLogin off; clients have STARTTLS and the TLS ports.", "RFC 8314 section 3")
        : Warning("Passwords may cross loopback without TLS: other programs of this machine that may listen there can read them."));

    private IEnumerable<ConfigurationFinding> HostName() => One("HostName", !IsOpen ? null
        : options.HostName.Contains('.', StringComparison.Ordinal) && !options.HostName.EndsWith(".local", StringComparison.OrdinalIgnoreCase) && !options.HostName.EndsWith(".localdomain", StringComparison.OrdinalIgnoreCase) ? null
        : Warning($"The server calls itself '{options.HostName}', which is no name that others can look up: some refuse mail and certificates of such a host. Give HostName its whole name, as in mail.example.com.", "RFC 5321 section 2.3.5"));

    private IEnumerable<ConfigurationFinding> Domains()
    {
        var bare = options.Domains.Where(domain => !domain.Contains('.', StringComparison.Ordinal)).ToList();
        return One("Domains", !IsOpen || bare.Count == 0 ? null : Warning($"Mail is taken for {string.Join(", ", bare)}, which cannot be a domain of the Internet. Name the domains of the addresses in Domains.", "RFC 5321 section 2.3.5"));
    }

    private IEnumerable<ConfigurationFinding> Certificate()
    {
        if (options.Certificate is not { } certificate)
        {
            return One("Certificate", IsOpen ? Warning("The server makes its own certificate, which no client knows: they warn, or must be told to trust it. Give it one of an authority with Certificate.", "RFC 8314 section 5.2") : null);
        }

        var found = new List<ConfigurationFinding>();
        var (from, until) = (new DateTimeOffset(certificate.NotBefore.ToUniversalTime()), new DateTimeOffset(certificate.NotAfter.ToUniversalTime()));
        if (until < Now)
            found.Add(Danger(string.Create(CultureInfo.InvariantCulture, $"The certificate ended on {until:yyyy-MM-dd}: clients refuse it. Renew it."), evidence: certificate.Subject) with { Check = "Certificate" });
        else if (until - Now < EndsSoon)
            found.Add(Warning(string.Create(CultureInfo.InvariantCulture, $"The certificate ends on {until:yyyy-MM-dd}, in {(until - Now).Days} days. Renew it; Update-MailServer takes the new one without a restart."), evidence: certificate.Subject) with { Check = "Certificate" });
        if (from > Now)
            found.Add(Danger(string.Create(CultureInfo.InvariantCulture, $"The certificate begins on {from:yyyy-MM-dd} only: clients refuse it until then."), evidence: certificate.Subject) with { Check = "Certificate" });
        if (!certificate.MatchesHostname(options.HostName))
            found.Add(Danger($"The certificate is not for '{options.HostName}': clients that check names refuse it. Get one for that name, or set HostName to a name that it has.", "RFC 9525", certificate.Subject) with { Check = "Certificate" });
        return found.Count > 0 ? found : One("Certificate", null);
    }

    private IEnumerable<ConfigurationFinding> CertificateKey()
    {
        if (options.Certificate is not { } certificate)
            return One("CertificateKey", null);
        using var rsa = certificate.GetRSAPublicKey();
        using var ecdsa = certificate.GetECDsaPublicKey();
        var weak = (rsa, ecdsa) switch
        {
            ({ KeySize: < 2048 } key, _) => $"an RSA key of {key.KeySize} bits",
            (_, { KeySize: < 256 } key) => $"an elliptic key of {key.KeySize} bits",
            _ => null,
        };
        var signature = certificate.SignatureAlgorithm.FriendlyName ?? "";
        if (weak is not null)
            return One("CertificateKey", Danger($"The certificate has {weak}, which can be broken: make a key of RSA 2048 or P-256 at least.", "RFC 9325 section 4.5"));
        return One("CertificateKey", signature.Contains("sha1", StringComparison.OrdinalIgnoreCase) || signature.Contains("md5", StringComparison.OrdinalIgnoreCase)
            ? Danger($"The certificate is signed with {signature}, which can be forged: get one that is signed with SHA-256.", "RFC 9155")
            : null);
    }

    private static IEnumerable<ConfigurationFinding> Trusted(string name, TrustedNetworks networks, string what)
    {
        var wide = Wide(networks);
        return One(name, wide.Count == 0 ? null : OfWidth(wide, $"{Named(wide, "is", "are")} believed when they {what}: whoever is there can pass for anybody. Name the addresses of the proxies alone.", evidence: name));
    }

    private static List<IPNetwork> Wide(TrustedNetworks networks) =>
        [.. networks.Networks.Where(network => IsWider(network, WidestTrusted4, WidestTrusted6) && !IPAddress.IsLoopback(network.BaseAddress))];

    private static bool IsWider(IPNetwork network, int widest4, int widest6) =>
        network.PrefixLength < (network.BaseAddress.AddressFamily is System.Net.Sockets.AddressFamily.InterNetwork ? widest4 : widest6);

    private static string Named(List<IPNetwork> wide, string everybody, string others) =>
        wide.Exists(network => network.PrefixLength == 0) ? $"Everybody {everybody}" : $"All of {string.Join(", ", wide)} {others}";

    // What is wider than anything that one organization has is danger, everybody or not.
    private static ConfigurationFinding OfWidth(List<IPNetwork> wide, string message, string source = "", string evidence = "") =>
        wide.Exists(network => IsWider(network, WidestOfOne4, WidestOfOne6)) ? Danger(message, source, evidence) : Warning(message, source, evidence);

    private IEnumerable<ConfigurationFinding> Lmtp()
    {
        var listens = options.Endpoints.Any(endpoint => endpoint.Protocol is MailProtocol.Lmtp && endpoint.Path is null && !IPAddress.IsLoopback(endpoint.Address));
        var open = options.Endpoints.FirstOrDefault(endpoint => endpoint.PathMode.HasFlag(UnixFileMode.OtherWrite));
        if (open is not null)
            return One("Lmtp", Warning($"Every user of this machine may deliver over '{open.Path}'. Give the socket the mode 0660 and the group of those who are to.", "RFC 2033 section 5", open.Path!));
        if (!listens)
            return One("Lmtp", null);
        if (options.Lmtp.Clients is not { } clients)
            return One("Lmtp", Danger("Everybody who reaches the LMTP port may deliver without any check that port 25 makes. Name the servers that hand mail over in Lmtp.Clients.", "RFC 2033 section 5"));
        var wide = Wide(clients);
        return One("Lmtp", wide.Count == 0 ? null : OfWidth(wide, $"{Named(wide, "who reaches the LMTP port", "who reach the LMTP port")} may deliver without any check that port 25 makes. Name the servers alone that hand mail over in Lmtp.Clients.", "RFC 2033 section 5"));
    }

    private IEnumerable<ConfigurationFinding> Submission() => One("Submission", options.Capture || options.Submission.Login is LoginRule.Required || !IsOpen || !options.Endpoints.Any(endpoint => endpoint.Protocol is MailProtocol.Submission) ? null
        : Danger("Mail is taken for submission without a login, in anybody's name. Set Submission.Login to Required.", "RFC 6409 section 4.3"));

    private IEnumerable<ConfigurationFinding> LineEnds() => One("NormalizeLineEnds", !options.Smtp.NormalizeLineEnds || !options.Endpoints.Any(endpoint => endpoint.Protocol is MailProtocol.Smtp) ? null
        : Warning("What other servers send is changed where a CR or LF stands alone: a DKIM signature over it may no longer hold. Turn Smtp.NormalizeLineEnds off, so that such a message is refused; for users' own old programs there is Submission.NormalizeLineEnds.", "RFC 6376 section 5.3"));

    private IEnumerable<ConfigurationFinding> Metrics() => One("Metrics", options.MetricsEndpoint is not { } endpoint || IPAddress.IsLoopback(endpoint.Address) ? null
        : Warning($"Whoever reaches {endpoint} reads the metrics, which tell how much mail comes and how many logins fail. Set Metrics.Address to an address that only the one who collects them reaches."));

    private IEnumerable<ConfigurationFinding> LoginLock()
    {
        var limits = options.Authentication.Limits;
        var (address, account) = (IsNone(limits.FailuresPerAddress), IsNone(limits.FailuresPerAccount));
        return One("LoginLock", !TakesLogins ? null : (address, account) switch
        {
            (true, true) => Danger("Nobody is locked after failed logins: passwords can be guessed without end. Set Authentication.Limits.FailuresPerAddress, to 10 say, and FailuresPerAccount, to 20 say."),
            (true, false) => Warning("No address is locked after failed logins: from one address all accounts can be tried. Set Authentication.Limits.FailuresPerAddress, to 10 say."),
            (false, true) => Warning("No account is locked after failed logins: from many addresses its password can be guessed without end. Set Authentication.Limits.FailuresPerAccount, to 20 say."),
            _ => null,
        });

        static bool IsNone(int failures) => failures is 0 or > MostFailures;
    }

    private IEnumerable<ConfigurationFinding> LoginPause() =>
        One("LoginPause", !TakesLogins || (options.Authentication.FailureDelay > TimeSpan.Zero && options.Authentication.MaxFailureDelay > TimeSpan.Zero) ? null
            : Warning("A failed login is answered at once, and the next password can be tried as fast as the network goes. Give Authentication.FailureDelay half a second, and MaxFailureDelay a few."));

    private IEnumerable<ConfigurationFinding> LoginExempt()
    {
        var wide = Wide(options.Authentication.Limits.Exempt);
        return One("LoginExempt", !TakesLogins || wide.Count == 0 ? null
            : OfWidth(wide, $"{Named(wide, "may", "may")} fail to log in as often as they like, and no lock holds for them. Name those alone in Authentication.Limits.Exempt that log in for many, such as a webmail."));
    }

    private IEnumerable<ConfigurationFinding> Junk() => One("MaxJunkCommands", !IsOpen || options.MaxJunkCommands <= MostJunk ? null
        : Warning(string.Create(CultureInfo.InvariantCulture, $"A client may send {options.MaxJunkCommands} commands that bring no message nearer, and keep the server busy with them. Set MaxJunkCommands, to 100 say.")));

    private IEnumerable<ConfigurationFinding> Times()
    {
        var login = options.Authentication;
        (string Name, TimeSpan Time, TimeSpan Most, string Consequence)[] times = !IsOpen ? [] :
        [
            ("TransactionTimeout", options.TransactionTimeout, TimeSpan.FromHours(6), "so long a client keeps its connection without a message. An hour is enough"),
            ("Limits.HandshakeTimeout", options.Limits.HandshakeTimeout, TimeSpan.FromMinutes(5), "so long a client keeps its connection without TLS having begun. Half a minute is enough"),
            ("Authentication.MaxFailureDelay", login.MaxFailureDelay, TimeSpan.FromMinutes(1), "so long each failed login keeps its connection, and a user who mistyped waits. A few seconds are enough"),
            ("Authentication.Limits.LockTime", login.Limits.LockTime, TimeSpan.FromDays(1), "so long strangers can keep an account's owner out, wherever the account was not logged in to before. A quarter of an hour is enough"),
        ];
        var found = times.Where(one => one.Time > one.Most).Select(one => Warning($"{one.Name} is {one.Time}: {one.Consequence}.", evidence: one.Name) with { Check = "Timeouts" }).ToList();
        return found.Count > 0 ? found : One("Timeouts", null);
    }

    private IEnumerable<ConfigurationFinding> Limits()
    {
        if (!IsOpen)
            return One("Limits", null);
        if (options.Limits.MaxConnectionsPerAddress is 0 or > 1000 || options.Limits.MaxConnectionsPerAddress >= options.Limits.MaxConnections)
            return One("Limits", Warning("One address may take all connections, and nobody else gets in. Set Limits.MaxConnectionsPerAddress, to 100 say, and below Limits.MaxConnections."));
        var wide = Wide(options.Limits.Exempt);
        return One("Limits", wide.Count == 0 ? null : Warning($"Nobody of {string.Join(", ", wide)} is counted by address, and each may take all connections. Name the addresses that connect for many alone in Limits.Exempt."));
    }

    private IEnumerable<ConfigurationFinding> Rates()
    {
        var rates = options.Rates;
        (string Name, int Limit)[] limits =
        [
            (nameof(rates.ConnectionsPerMinute), rates.ConnectionsPerMinute), (nameof(rates.CommandsPerMinute), rates.CommandsPerMinute),
            (nameof(rates.MessagesPerMinute), rates.MessagesPerMinute), (nameof(rates.RecipientsPerMinute), rates.RecipientsPerMinute),
            (nameof(rates.AccountMessagesPerDay), rates.AccountMessagesPerDay), (nameof(rates.AccountRecipientsPerDay), rates.AccountRecipientsPerDay),
        ];
        var off = limits.Where(limit => limit.Limit == 0).Select(limit => $"Rates.{limit.Name}").ToList();
        return One("Rates", !IsOpen || off.Count == 0 ? null
            : Warning($"{string.Join(", ", off)} {(off.Count == 1 ? "is" : "are")} 0: a client that floods the server, or an account whose password was stolen, is not slowed down. Leave the setting out to have its default."));
    }

    private IEnumerable<ConfigurationFinding> Tracking() => One("Tracking", !IsOpen ? null
        : !options.Tracking.Enabled ? Warning("What becomes of messages is not written down: nobody can say afterwards whether one came, or why it went back. Leave Tracking.Enabled on.")
        : options.Tracking.MaxAge <= LongestTracking ? null
        : Warning(string.Create(CultureInfo.InvariantCulture, $"Who wrote to whom, and about what, is kept for {options.Tracking.MaxAge.TotalDays:0} days: in many countries that is longer than it may be. Set Tracking.MaxAge to 30 days, or to what is needed.")));

    // Each connection is a handle; messages, locks and folders need some more.
    private IEnumerable<ConfigurationFinding> Handles()
    {
        const int ForFiles = 200;
        return One("FileHandles", HandlesOfProcess() is { } most && options.Limits.MaxConnections + ForFiles > most
            ? Warning(string.Create(CultureInfo.InvariantCulture, $"{options.Limits.MaxConnections} connections are allowed, and this process may open {most} files: at the limit, mail is deferred. Raise the limit (ulimit -n, LimitNOFILE), or lower Limits.MaxConnections."))
            : null);
    }

    private IEnumerable<ConfigurationFinding> MessageSize() => One("MaxMessageSize", options.MaxMessageSize <= LargestUsual ? null
        : Warning(string.Create(CultureInfo.InvariantCulture, $"Messages of up to {options.MaxMessageSize} octets are taken: a few of them fill a disk. Most servers take 50 MB.")));

    private IEnumerable<ConfigurationFinding> Senders() => One("SenderCheck", options.SenderCheck is not SenderCheck.None || options.Capture || !options.Endpoints.Any(endpoint => endpoint.Protocol is MailProtocol.Submission) ? null
        : Warning("Whoever has logged in may send as anybody. Set SenderCheck to Envelope, so that an account has its own addresses only.", "RFC 6409 section 6.1"));

    private IEnumerable<ConfigurationFinding> Store()
    {
        if (OperatingSystem.IsWindows() || !Directory.Exists(options.StorePath))
            return One("Store", null);
        var found = new List<ConfigurationFinding>();
        foreach (var path in new[] { options.StorePath, Path.Join(options.StorePath, "mail"), Path.Join(options.StorePath, "users") })
        {
            var isDirectory = Directory.Exists(path);
            if (!isDirectory && !File.Exists(path))
                continue;
            var mode = File.GetUnixFileMode(path);
            if (mode.HasFlag(UnixFileMode.OtherWrite))
                found.Add(Danger($"Anybody on this machine can write '{path}': accounts and mail can be replaced. Take the right away (chmod o-w).", evidence: path) with { Check = "Store" });
            else if (!isDirectory && mode.HasFlag(UnixFileMode.OtherRead))
                found.Add(Danger($"Anybody on this machine can read '{path}', with the hashes of passwords. Take the right away (chmod o-r).", evidence: path) with { Check = "Store" });
        }

        return found.Count > 0 ? found : One("Store", null);
    }

    private IEnumerable<ConfigurationFinding> Accounts()
    {
        if (options.Capture)
            return One("Accounts", null);
        AccountListing listing;
        try
        {
            listing = new AccountRegister(options.StorePath).List();
        }
        catch (AccountException e) when (e.Fault is AccountFault.StoreNotFound)
        {
            return One("Accounts", Warning("The store has no accounts: no mail is taken, and nobody can log in. Make some with New-MailAccount.", evidence: options.StorePath));
        }
        catch (AccountException e)
        {
            return One("Accounts", Danger(e.Message, evidence: options.StorePath));
        }

        var found = listing.Problems.Select(problem => Warning($"'{listing.Path}': {problem}") with { Check = "Accounts" }).ToList();
        if (listing.Accounts.Count == 0)
            found.Add(Warning("The store has no accounts: no mail is taken, and nobody can log in. Make some with New-MailAccount.", evidence: listing.Path) with { Check = "Accounts" });
        var plain = listing.Accounts.Where(account => account.Scheme is not null && account.Scheme.StartsWith("PLAIN", StringComparison.OrdinalIgnoreCase)).Select(account => account.Name).ToList();
        if (plain.Count > 0)
            found.Add(Warning($"The passwords of {Some(plain)} are kept as they are: whoever reads the file has them. Set them anew with Set-MailAccount, which keeps hashes.", evidence: listing.Path) with { Check = "Accounts" });
        return found.Count > 0 ? found : One("Accounts", null);
    }

    private IEnumerable<ConfigurationFinding> Roles()
    {
        if (options.Capture || options.Postmaster is not null)
            return One("Postmaster", null);
        try
        {
            var accounts = new AccountRegister(options.StorePath).List().Accounts.Select(account => account.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
            var aliases = new AliasRegister(options.StorePath, options.Domains);
            var without = options.Domains.Where(domain => !accounts.Contains($"postmaster@{domain}") && aliases.Find($"postmaster@{domain}") is null && aliases.Find($"@{domain}") is null).ToList();
            return One("Postmaster", without.Count == 0 ? null
                : Warning($"Nobody is postmaster of {Some(without)}: the first account of the store gets that mail. Name who does with Postmaster, or make an alias.", "RFC 5321 section 4.5.1"));
        }
        catch (AccountException)
        {
            // Told by the look at the accounts.
            return One("Postmaster", null);
        }
    }

    private static int? HandlesOfProcess()
    {
        const string Limits = "/proc/self/limits";
        if (!File.Exists(Limits))
            return null;
        var line = File.ReadLines(Limits).FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, var soft, ..] && int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? most : null;
    }

    private string Addresses() => string.Join(", ", options.Endpoints.Where(endpoint => endpoint.Path is null).Select(endpoint => endpoint.Address).Where(address => !IPAddress.IsLoopback(address)).Distinct());

    private static string Some(IReadOnlyList<string> names) => names.Count <= 5 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(5))} and {names.Count - 5} more";

    private static IEnumerable<ConfigurationFinding> One(string check, ConfigurationFinding? found) =>
        [found is null ? new ConfigurationFinding(check, ConfigurationRisk.None, Passed[check]) : found with { Check = check }];

    private static ConfigurationFinding Warning(string message, string source = "", string evidence = "") => new("", ConfigurationRisk.Warning, message, evidence, source);

    private static ConfigurationFinding Danger(string message, string source = "", string evidence = "") => new("", ConfigurationRisk.Danger, message, evidence, source);

    private static readonly Dictionary<string, string> Passed = new(StringComparer.Ordinal)
    {
        ["Capture"] = "The server takes mail and logins of its accounts only, or is reached from this machine alone.",
        ["PlaintextLogin"] = "No password crosses a connection without TLS.",
        ["HostName"] = "The server has a name that others can look up, or is reached from this machine alone.",
        ["Domains"] = "Mail is taken for whole domains.",
        ["Certificate"] = "The certificate is valid and for the host's name.",
        ["CertificateKey"] = "The certificate's key and signature are strong.",
        ["ProxyFrom"] = "Nobody, or few addresses, may speak for other clients by a PROXY header.",
        ["XClientFrom"] = "Nobody, or few addresses, may speak for other clients by XCLIENT.",
        ["Lmtp"] = "Nobody, or those who were named, may deliver by LMTP.",
        ["Submission"] = "Nobody submits mail without a login, or the server is reached from this machine alone.",
        ["NormalizeLineEnds"] = "What other servers send is kept as it was signed.",
        ["Metrics"] = "Nobody else reads the metrics.",
        ["LoginLock"] = "Who fails to log in too often is locked, by address and by account, or only this machine logs in.",
        ["LoginPause"] = "Failed logins are answered ever later, or only this machine logs in.",
        ["LoginExempt"] = "No lock leaves out more than a few addresses, or only this machine logs in.",
        ["Limits"] = "No address can take all connections.",
        ["Rates"] = "What an address and an account may do in a time is limited, or the server is reached from this machine alone.",
        ["MaxJunkCommands"] = "Who sends command after command and no message is cut off, or the server is reached from this machine alone.",
        ["Timeouts"] = "No client keeps a connection for long without using it, or the server is reached from this machine alone.",
        ["FileHandles"] = "The process may open more files than there can be connections.",
        ["MaxMessageSize"] = "The largest message is of a usual size.",
        ["SenderCheck"] = "An account sends as its own addresses.",
        ["TlsReports"] = "No reports about TLS are sent to other domains, or those sent by mail are signed.",
        ["Outbound"] = "Nothing goes to other servers but what users have submitted, as themselves, and the mail of machines that are named.",
        ["DestinationLimits"] = "Every limit of a destination is of one that mail goes to, or there are none.",
        ["Templates"] = "Every template of reports can be used, or there are none.",
        ["FutureRelease"] = "What is held for later leaves within three months, and an account has a number of such messages alone, or nothing is held.",
        ["Signing"] = "Every DKIM key that is to sign can, or nothing goes to other servers.",
        ["Forwarding"] = "No alias leads to another server, or mail is sent on there with return paths of this one.",
        ["Tracking"] = "What becomes of messages is written down, for no more than a year, or the server is reached from this machine alone.",
        ["Store"] = "Nobody else can read the accounts or write the store.",
        ["Accounts"] = "There are accounts, and their passwords are kept as hashes.",
        ["Postmaster"] = "Each domain has a postmaster.",
    };
}
