using System.Buffers;
using System.Text;
using MailOps.Messages;
using MailOps.Sasl;
using MailOps.Server.Connections;
using MailOps.Server.Pop3;
using MailOps.Server.Queue.Forwarding;
using MailOps.Server.Queue.Reports;
using MailOps.Server.Smtp;
using MailOps.Smtp;
using MailOps.Trust.Arc;
using MailOps.Wire;
using MimeKit;

namespace MailOps.Fuzz;

/// <summary>
/// What stands between a stranger's octets and the servers, each as a function of octets that must end without an exception and keep its
/// rules. The suite runs the kept corpora and their mutations through all; afl-fuzz finds new ones (run.sh).
/// </summary>
public static class Targets
{
    /// <summary>The targets by name; each has a folder of that name in the corpus.</summary>
    public static IReadOnlyDictionary<string, Action<byte[]>> All { get; } = new Dictionary<string, Action<byte[]>>(StringComparer.Ordinal)
    {
        ["smtp-path"] = ReadPath,
        ["smtp-parameters"] = ReadParameters,
        ["smtp-reply"] = octets => _ = SmtpReplyReader.TryParse(Encoding.Latin1.GetString(octets), out _, out _, out _),
        ["smtp-data"] = DecodeData,
        ["proxy"] = ReadProxy,
        ["sasl"] = Authenticate,
        ["pop3"] = ReadPop3,
        ["imap"] = ImapTargets.ReadPieces,
        ["imap-command"] = ImapTargets.ReadCommand,
        ["imap-set"] = ImapTargets.ReadSet,
        ["imap-search"] = ImapTargets.ReadSearch,
        ["imap-section"] = ImapTargets.ReadSection,
        ["header"] = ScanHeader,
        ["languages"] = ReadLanguages,
        ["srs"] = ReadReturnPath,
        ["arc"] = ReadChain,
    };

    private static void ReadPath(byte[] octets)
    {
        var reader = new SmtpReader(octets);
        if (!reader.Path(out var path))
            return;

        // What is written into a header or a log is one line, and reads back as the same address.
        Require(!path.LocalPart.Any(char.IsControl) && !path.Domain.Any(char.IsControl), "a control character came through");
        var again = new SmtpReader(Encoding.UTF8.GetBytes($"<{path}>"));
        Require(again.Path(out var same) && again.AtEnd && same == path, $"{path} is read back as {same}");
        _ = path.ToCanonical();
    }

    private static void ReadReturnPath(byte[] octets)
    {
        var reader = new SmtpReader(octets);
        if (!reader.Path(out var path) || path.IsNull)
            return;
        var (secret, now) = ("tops3cret"u8.ToArray(), new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));
        if (SrsAddress.IsOne(path))
            Require(SrsAddress.Read(path, [secret], now) is var reading && reading.Original is null == reading.Problem is not null, $"{path} has both, or neither, of a sender and a problem");
        // What we make, we read: a sender comes back, and what another has rewritten goes back to the first.
        if (path.Domain.Length == 0 || SrsAddress.Rewrite(path, "fwd.example", secret, now) is not { } made)
            return;
        Require(SrsAddress.IsOne(made), $"{made} is none of the scheme");
        if (!SrsAddress.IsOne(path))
            Require(SrsAddress.Read(made, [secret], now).Original == path, $"{path} comes back from {made} as {SrsAddress.Read(made, [secret], now)}");
    }

    private static void ReadChain(byte[] octets)
    {
        using var message = new ArcMessage();
        message.Take(octets);
        var chain = ArcChain.Read(message.Header.Span);
        // A target is called without an await; its keys are there at once, so nothing waits.
        var verdict = new ArcEvaluator((_, _) => Task.FromResult<IReadOnlyList<string>?>(["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]), TimeProvider.System)
            .EvaluateAsync(message, chain, CancellationToken.None).GetAwaiter().GetResult();
        Require(verdict.Status is ArcStatus.None == chain.IsEmpty && verdict.Reason.Length > 0, "a chain has no verdict");
    }

    private static void ReadParameters(byte[] octets)
    {
        var mail = new MailParameters();
        var rcpt = new RcptParameters();
        var client = new XClientAttributes();
        var reader = new SmtpReader(octets);
        while (reader.Parameter(out var keyword, out var value))
        {
            _ = mail.Take(keyword, value);
            _ = rcpt.Take(keyword, value);
            _ = client.Take(keyword, value);
            if (!reader.Space())
                break;
        }

        if (mail.Within is { } within)
        {
            // What was taken from a client is what the next server is told.
            Require(!within.Returns || within.Seconds > 0, "a message is returned before it came");
            Require(DeliverWithin.Parse(within.From(DateTimeOffset.UnixEpoch).ValueAt(DateTimeOffset.UnixEpoch), out _) == within, $"{within} is passed on as another time");
        }

        Require(mail.EnvelopeId?.Any(char.IsControl) != true, "a control character in ENVID");
        Require(client.Helo?.Any(char.IsControl) != true && client.Name?.Any(char.IsControl) != true, "a control character in XCLIENT");
    }

    // Languages become names of files.
    private static void ReadLanguages(byte[] octets)
    {
        HeaderList header;
        try
        {
            using var stream = new MemoryStream(octets);
            header = HeaderList.Load(stream);
        }
        catch (FormatException)
        {
            return;
        }

        foreach (var language in ReportLanguages.Of(header))
        {
            Require(ReportLanguages.IsTag(language), $"'{language}' is no language");
            Require(ReportTemplates.TryName($"failure.{language}.txt", out _, out var same) && same == language, $"'{language}' names another file");
        }
    }

    // However the octets are cut into packets, the same comes out.
    private static void DecodeData(byte[] octets)
    {
        if (octets.Length < 2)
            return;
        var data = octets.AsSpan(1);
        var (whole, wholeOutcome, wholeLength) = DecodeData(data, data.Length);
        var (pieces, outcome, length) = DecodeData(data, (octets[0] % 7) + 1);
        Require(outcome == wholeOutcome && (outcome is DotStuffedDecoder.Outcome.More || length == wholeLength), "the cut changes the end");
        // Of data that is refused nothing is kept.
        if (outcome is DotStuffedDecoder.Outcome.Done or DotStuffedDecoder.Outcome.More)
            Require(pieces.AsSpan().SequenceEqual(whole), "the cut changes what is read");

        // The end is CRLF.CRLF, the first there is, and what lies before holds no line end but CRLF.
        var text = "\r\n" + Encoding.Latin1.GetString(data);
        var end = text.IndexOf("\r\n.\r\n", StringComparison.Ordinal);
        if (wholeOutcome is DotStuffedDecoder.Outcome.Done)
            Require(end >= 0 && wholeLength == end + 3, $"ended after {wholeLength}, not {end + 3}");
        else if (wholeOutcome is DotStuffedDecoder.Outcome.More)
            Require(end < 0, "the end was passed over");
        if (wholeOutcome is DotStuffedDecoder.Outcome.Done or DotStuffedDecoder.Outcome.More)
        {
            var lines = Encoding.Latin1.GetString(whole).Replace("\r\n", "", StringComparison.Ordinal).TrimEnd('\r');
            Require(!lines.AsSpan().ContainsAny('\r', '\n', '\0'), "a bare line end or NUL came through");
        }
    }

    private static (byte[] Content, DotStuffedDecoder.Outcome Outcome, int Length) DecodeData(ReadOnlySpan<byte> data, int step)
    {
        var decoder = default(DotStuffedDecoder);
        var content = new ArrayBufferWriter<byte>();
        var outcome = DotStuffedDecoder.Outcome.More;
        var at = 0;
        while (at < data.Length && outcome is DotStuffedDecoder.Outcome.More)
        {
            outcome = decoder.Decode(data[at..Math.Min(at + step, data.Length)], content.Write, out var used);
            at += used;
        }

        return (content.WrittenSpan.ToArray(), outcome, at);
    }

    private static void ReadProxy(byte[] octets)
    {
        var stream = new MemoryStream(octets);
        var header = Finished(ProxyHeaderReader.ReadAsync(stream, CancellationToken.None));
        Require(header.Problem is null || header.Source is null, "an address came out of a wrong header");
    }

    // The first octet chooses the mechanism; each line is a response.
    private static void Authenticate(byte[] octets)
    {
        if (octets.Length == 0)
            return;
        var context = new SaslServerContext(new NobodyLogsIn()) { CertificateNames = ["ann@example.com"], Tokens = new NobodyLogsIn() };
        var server = SaslMechanisms.All[octets[0] % SaslMechanisms.All.Count].Server(context);
        var rest = octets.AsMemory(1);
        for (var turn = 0; turn < 8; turn++)
        {
            var end = rest.Span.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            if (!SaslBase64.TryDecodeResponse(line.Span, out var decoded))
                decoded = line.ToArray();
            var step = Finished(server.StepAsync(decoded, CancellationToken.None));
            Require(step is not SaslStep.Success, "nobody may log in here");
            if (step is SaslStep.Failure || end < 0)
                return;
            rest = rest[(end + 1)..];
        }
    }

    private static void ReadPop3(byte[] octets)
    {
        var reader = new Pop3Reader(octets);
        while (!reader.AtEnd)
        {
            if (reader.Number(out var number))
                Require(number is >= 0 and <= 999_999_999, "a number that is none");
            else if (!reader.Space() && !reader.Word(out _))
                break;
        }

        var text = new Pop3Reader(octets);
        _ = text.OneSpace() && text.OptionalSpace() && text.Text(out _);
    }

    private static void ScanHeader(byte[] octets)
    {
        var scanner = new HeaderScanner(octets);
        var passed = 0;
        while (scanner.MoveNext())
        {
            Require(scanner.Passed > passed, "the scanner stands still");
            passed = scanner.Passed;
            Require(scanner.Name.IndexOf((byte)':') < 0 && scanner.Value.Length <= octets.Length, "a field overlaps");
        }

        Require(HeaderScanner.EndOfHeader(octets) <= octets.Length, "the header ends behind the message");
    }

    // Over memory nothing waits.
    private static T Finished<T>(ValueTask<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : task.AsTask().GetAwaiter().GetResult();

    internal static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }

    private sealed class NobodyLogsIn : ICredentialStore, ITokenValidator
    {
        private static readonly byte[] Key = new byte[32];

        public ValueTask<string?> VerifyPasswordAsync(string user, string password, CancellationToken cancel) => new((string?)null);

        public ValueTask<ScramKeys?> FindScramKeysAsync(string user, string mechanism, CancellationToken cancel) =>
            new(mechanism.EndsWith("SHA-1", StringComparison.Ordinal) ? new ScramKeys("ann", 4096, Key, Key.AsMemory(0, 20), Key.AsMemory(0, 20)) : new ScramKeys("ann", 4096, Key, Key, Key));

        public ValueTask<CramMd5Keys?> FindCramMd5KeysAsync(string user, CancellationToken cancel) => new(new CramMd5Keys("ann", Key));

        public ValueTask<string?> FindAccountAsync(string user, CancellationToken cancel) => new((string?)null);

        public ValueTask<TokenVerdict> ValidateAsync(string token, string? user, CancellationToken cancel) => new(TokenVerdict.Refused("no token is good"));
    }
}
