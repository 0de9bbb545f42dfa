using System.Net;
using System.Net.Sockets;
using MailOps.Wire;

namespace MailOps.Client.Probes;

/// <summary>What is said in the clear up to the handshake: greeting, capabilities, STARTTLS or STLS.</summary>
internal static class StartTlsDialogue
{
    private const string Check = "StartTls";

    /// <summary>Leads the connection to the point where the handshake begins.</summary>
    /// <param name="lines">The connection's lines.</param>
    /// <param name="protocol">What is spoken.</param>
    /// <param name="self">This end's address, for EHLO.</param>
    /// <param name="injected">A command that is sent in one packet with STARTTLS, or null: what a man in the middle would do.</param>
    public static Task<StartTlsOutcome> ReachAsync(ProbeLines lines, MailProtocol protocol, IPAddress self, string? injected = null) => protocol switch
    {
        MailProtocol.Pop3 => Pop3Async(lines, injected),
        MailProtocol.Imap => ImapAsync(lines, injected),
        MailProtocol.Lmtp => SmtpAsync(lines, "LHLO", self, injected),
        _ => SmtpAsync(lines, "EHLO", self, injected),
    };

    /// <summary>The name that EHLO gives: this end's address, which is always true (RFC 5321 section 4.1.4).</summary>
    public static string AddressLiteral(IPAddress self)
    {
        if (self.IsIPv4MappedToIPv6)
            self = self.MapToIPv4();
        return self.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{new IPAddress(self.GetAddressBytes())}]" : $"[{self}]";
    }

    private static async Task<StartTlsOutcome> SmtpAsync(ProbeLines lines, string hello, IPAddress self, string? injected)
    {
        if (await ReplyAsync(lines).ConfigureAwait(false) is not { } greeting)
            return Trouble(lines);
        if (!greeting[0].StartsWith("220", StringComparison.Ordinal))
            return NoService("SMTP", greeting[0], refused: greeting[0].StartsWith('4') || greeting[0].StartsWith('5'));

        await lines.SendAsync($"{hello} {AddressLiteral(self)}").ConfigureAwait(false);
        if (await ReplyAsync(lines).ConfigureAwait(false) is not { } ehlo)
            return Trouble(lines);
        if (!ehlo[0].StartsWith("250", StringComparison.Ordinal))
            return ehlo[0].StartsWith('4')
                ? NoService(hello, ehlo[0], refused: true)
                : Fail($"The server does not take {hello}, so it cannot offer STARTTLS.", ehlo[0], "RFC 3207 section 4");

        var keywords = ehlo.Skip(1).Select(l => l.Length > 4 ? l[4..] : "").ToList();
        if (!keywords.Exists(k => k.Trim().Equals("STARTTLS", StringComparison.OrdinalIgnoreCase)))
            return NotOffered("STARTTLS", string.Join(", ", keywords), "RFC 3207 section 4");

        await lines.SendAsync(Command("STARTTLS", injected)).ConfigureAwait(false);
        if (await ReplyAsync(lines).ConfigureAwait(false) is not { } ready)
            return Trouble(lines);
        var login = keywords.Find(k => k.StartsWith("AUTH", StringComparison.OrdinalIgnoreCase) && OffersPlaintext(k));
        return ready[0].StartsWith("220", StringComparison.Ordinal)
            ? new StartTlsOutcome(null, ready[0], login)
            : Refused("STARTTLS", ready[0], "RFC 3207 section 4");
    }

    private static async Task<StartTlsOutcome> Pop3Async(ProbeLines lines, string? injected)
    {
        if (await lines.ReadAsync().ConfigureAwait(false) is not { } greeting)
            return Trouble(lines);
        if (!greeting.StartsWith("+OK", StringComparison.Ordinal))
            return NoService("POP3", greeting, refused: greeting.StartsWith("-ERR", StringComparison.Ordinal));

        await lines.SendAsync("CAPA").ConfigureAwait(false);
        if (await lines.ReadAsync().ConfigureAwait(false) is not { } first)
            return Trouble(lines);
        List<string> capabilities = [];
        if (first.StartsWith("+OK", StringComparison.Ordinal))
        {
            if (await lines.ReadToAsync(l => l == ".").ConfigureAwait(false) is not { } list)
                return Trouble(lines);
            capabilities = list[..^1];
            if (!capabilities.Exists(k => k.Trim().Equals("STLS", StringComparison.OrdinalIgnoreCase)))
                return NotOffered("STLS", string.Join(", ", capabilities), "RFC 2595 section 4");
        }

        // A server without CAPA may know STLS all the same: only asking tells.
        await lines.SendAsync(Command("STLS", injected)).ConfigureAwait(false);
        if (await lines.ReadAsync().ConfigureAwait(false) is not { } ready)
            return Trouble(lines);
        var login = capabilities.Find(k => k.Trim().Equals("USER", StringComparison.OrdinalIgnoreCase) || k.StartsWith("SASL", StringComparison.OrdinalIgnoreCase) && OffersPlaintext(k));
        return ready.StartsWith("+OK", StringComparison.Ordinal)
            ? new StartTlsOutcome(null, ready, login)
            : Refused("STLS", ready, "RFC 2595 section 4");
    }

    private static async Task<StartTlsOutcome> ImapAsync(ProbeLines lines, string? injected)
    {
        if (await lines.ReadAsync().ConfigureAwait(false) is not { } greeting)
            return Trouble(lines);
        if (greeting.StartsWith("* PREAUTH", StringComparison.OrdinalIgnoreCase))
            return Fail("The server greets with PREAUTH: STARTTLS is no longer allowed, everything is sent in the clear.", greeting, "RFC 9051 section 11.1");
        if (!greeting.StartsWith("* OK", StringComparison.OrdinalIgnoreCase))
            return NoService("IMAP", greeting, refused: greeting.StartsWith("* BYE", StringComparison.OrdinalIgnoreCase));

        await lines.SendAsync("p1 CAPABILITY").ConfigureAwait(false);
        if (await lines.ReadToAsync(l => l.StartsWith("p1 ", StringComparison.Ordinal)).ConfigureAwait(false) is not { } reply)
            return Trouble(lines);
        var capability = reply.Find(l => l.StartsWith("* CAPABILITY ", StringComparison.OrdinalIgnoreCase)) ?? "";
        var words = capability.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (!words.Contains("STARTTLS", StringComparer.OrdinalIgnoreCase))
            return NotOffered("STARTTLS", capability.Length > 0 ? capability : reply[^1], "RFC 9051 section 6.2.1");

        await lines.SendAsync(Command("p2 STARTTLS", injected)).ConfigureAwait(false);
        if (await lines.ReadToAsync(l => l.StartsWith("p2 ", StringComparison.Ordinal)).ConfigureAwait(false) is not { } ready)
            return Trouble(lines);
        var login = words.Contains("LOGINDISABLED", StringComparer.OrdinalIgnoreCase) ? null : capability;
        return ready[^1].StartsWith("p2 OK", StringComparison.OrdinalIgnoreCase)
            ? new StartTlsOutcome(null, ready[^1], login)
            : Refused("STARTTLS", ready[^1], "RFC 9051 section 6.2.1");
    }

    private static string Command(string command, string? injected) => injected is null ? command : command + "\r\n" + injected;

    private static ValueTask<List<string>?> ReplyAsync(ProbeLines lines) => lines.ReadToAsync(l => l.Length < 4 || l[3] != '-');

    private static bool OffersPlaintext(string mechanisms) =>
        mechanisms.Split([' ', '='], StringSplitOptions.RemoveEmptyEntries).Any(m => m.Equals("PLAIN", StringComparison.OrdinalIgnoreCase) || m.Equals("LOGIN", StringComparison.OrdinalIgnoreCase));

    private static StartTlsOutcome Trouble(ProbeLines lines)
    {
        var (status, message, evidence) = lines.Trouble!.Value;
        return new StartTlsOutcome(new Finding { Check = "Greeting", Status = status, Message = message, Evidence = evidence });
    }

    private static StartTlsOutcome NoService(string protocol, string seen, bool refused) => new(new Finding
    {
        Check = "Greeting",
        Status = refused ? FindingStatus.Blocked : FindingStatus.Fail,
        Message = refused
            ? $"The server does not serve this client: {seen}"
            : $"What answers on this port does not speak {protocol}. Check the port and the protocol.",
        Evidence = seen,
    });

    private static StartTlsOutcome NotOffered(string command, string evidence, string source) =>
        Fail($"The server does not offer {command}: everything is sent in the clear.", evidence, source);

    private static StartTlsOutcome Refused(string command, string evidence, string source) =>
        Fail($"The server offers {command} but refuses it: {evidence}", evidence, source);

    private static StartTlsOutcome Fail(string message, string evidence, string source) =>
        new(new Finding { Check = Check, Status = FindingStatus.Fail, Message = message, Evidence = evidence, Source = source });
}
