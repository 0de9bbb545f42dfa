using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using MailOps.Dns;

namespace MailOps.Trust.MtaSts;

/// <summary>A domain's policy: which hosts take its mail, and what to do about others (RFC 8461 section 3.2).</summary>
/// <param name="Mode">What a sender does where the policy is not kept.</param>
/// <param name="MaxAge">How long the policy holds from when it was fetched: 0 to 31,557,600 seconds, a year.</param>
/// <param name="Mx">The hosts, in lower case with A-labels: names, or <c>*.</c> in front of one. Empty only with <see cref="MtaStsMode.None"/>.</param>
public sealed record MtaStsPolicy(MtaStsMode Mode, TimeSpan MaxAge, ImmutableArray<string> Mx)
{
    /// <summary>The largest max_age, in seconds.</summary>
    internal const long LargestMaxAge = 31_557_600;

    /// <summary>The most octets a policy may have (section 3.3).</summary>
    internal const int MaxOctets = 65_536;

    /// <summary>Whether a host is one of the policy's: a wildcard stands for the whole left-most label (section 4.1).</summary>
    /// <param name="host">The host of an MX record.</param>
    public bool Names(string host)
    {
        if (!DnsName.TryParse(host, out var name, out _))
            return false;
        var dot = name.Ascii.IndexOf('.');
        var parent = dot < 0 ? "" : "*" + name.Ascii[dot..];
        return Mx.Any(pattern => pattern == name.Ascii || (dot > 0 && pattern == parent));
    }

    /// <summary>Reads a policy as a policy host serves it.</summary>
    /// <param name="body">The octets.</param>
    /// <param name="policy">The policy, if it is one.</param>
    /// <param name="error">What is wrong with it otherwise, as a sentence.</param>
    public static bool TryParse(ReadOnlySpan<byte> body, [NotNullWhen(true)] out MtaStsPolicy? policy, [NotNullWhen(false)] out string? error)
    {
        policy = null;
        if (body.Length > MaxOctets)
        {
            error = $"The policy is larger than {MaxOctets} octets.";
            return false;
        }

        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(body);
        }
        catch (DecoderFallbackException)
        {
            error = "The policy is not UTF-8.";
            return false;
        }

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var mx = ImmutableArray.CreateBuilder<string>();
        foreach (var raw in Lines(text))
        {
            if (!TryField(raw, fields, mx, out error))
                return false;
        }

        return TryMake(fields, mx.ToImmutable(), out policy, out error);
    }

    // Lines end in LF or CRLF, the last one perhaps in neither. A CR elsewhere is a control character.
    private static IEnumerable<string> Lines(string text) =>
        text.Split('\n').Select(line => line.EndsWith('\r') ? line[..^1] : line);

    private static bool TryField(ReadOnlySpan<char> line, Dictionary<string, string> fields, ImmutableArray<string>.Builder mx, [NotNullWhen(false)] out string? error)
    {
        error = null;
        line = line.TrimEnd(" \t");
        if (line.IsEmpty)
            return true;

        var colon = line.IndexOf(':');
        if (colon < 0 || !VersionedText.IsName(line[..colon]))
        {
            error = $"A line of the policy is not of the form name: value: {VersionedText.Show(line)}.";
            return false;
        }

        var name = line[..colon].ToString();
        var value = line[(colon + 1)..].TrimStart(" \t");
        if (value.IsEmpty || value.ContainsAnyInRange('\0', '\x1f') || value.Contains('\x7f'))
        {
            error = $"The policy's field {name} has no value, or one with control characters: {VersionedText.Show(line)}.";
            return false;
        }

        if (name != "mx")
        {
            // Of a field that is there twice the first counts (section 3.2); other names are extensions.
            fields.TryAdd(name, value.ToString());
            return true;
        }

        var host = value.StartsWith("*.", StringComparison.Ordinal) ? value[2..] : value;
        if (host.EndsWith(".") || host.Contains('@') || !DnsName.TryParse(host.ToString(), out var parsed, out _))
        {
            error = $"The policy's mx is neither a host name nor one behind '*.': {VersionedText.Show(value)}.";
            return false;
        }

        mx.Add(host.Length < value.Length ? "*." + parsed.Ascii : parsed.Ascii);
        return true;
    }

    private static bool TryMake(Dictionary<string, string> fields, ImmutableArray<string> mx, [NotNullWhen(true)] out MtaStsPolicy? policy, [NotNullWhen(false)] out string? error)
    {
        policy = null;
        error = null;
        var mode = fields.GetValueOrDefault("mode") switch
        {
            "enforce" => MtaStsMode.Enforce,
            "testing" => MtaStsMode.Testing,
            "none" => MtaStsMode.None,
            _ => (MtaStsMode?)null,
        };
        var age = fields.GetValueOrDefault("max_age");
        var seconds = 0L;
        if (fields.GetValueOrDefault("version") is not "STSv1")
            error = fields.TryGetValue("version", out var version) ? $"The policy's version is {VersionedText.Show(version)}, not 'STSv1'." : "The policy has no version.";
        else if (mode is null)
            error = fields.TryGetValue("mode", out var other) ? $"The policy's mode is {VersionedText.Show(other)}, none of 'enforce', 'testing' and 'none'." : "The policy has no mode.";
        else if (age is null)
            error = "The policy has no max_age.";
        else if (age.Length > 10 || !long.TryParse(age, NumberStyles.None, CultureInfo.InvariantCulture, out seconds) || seconds > LargestMaxAge)
            error = $"The policy's max_age is {VersionedText.Show(age)}, not a number of seconds from 0 to {LargestMaxAge}.";
        else if (mx.IsEmpty && mode != MtaStsMode.None)
            error = "The policy names no mx, which only one with mode none may do.";
        else
            policy = new MtaStsPolicy(mode.Value, TimeSpan.FromSeconds(seconds), mx);
        return policy is not null;
    }
}
