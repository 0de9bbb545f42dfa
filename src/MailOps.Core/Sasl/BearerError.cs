using System.Text;
using System.Text.Json;

namespace MailOps.Sasl;

/// <summary>The error that a server tells in JSON where it takes no token (RFC 7628 section 3.2.2), in words.</summary>
internal static class BearerError
{
    private const int LongestValue = 200;

    /// <summary>The error: <c>invalid_token; scope: mail.read</c>. What is not such an object is shown as it came, cut.</summary>
    /// <param name="challenge">What the server sent.</param>
    public static string Tell(ReadOnlySpan<byte> challenge)
    {
        if (challenge.IsEmpty)
            return "the token was not taken, and no reason given";
        if (challenge.Length > SaslLimits.MaxMessage)
            return $"an error of {challenge.Length} octets";

        try
        {
            var reader = new Utf8JsonReader(challenge);
            using var json = JsonDocument.ParseValue(ref reader);
            return json.RootElement.ValueKind is JsonValueKind.Object && string.Join("; ", Parts(json.RootElement)) is { Length: > 0 } told ? told : Printable(challenge);
        }
        catch (JsonException)
        {
            return Printable(challenge);
        }
    }

    // The status says what is wrong, and Google writes it as a number of HTTP; the scheme, which is always bearer, says nothing.
    private static IEnumerable<string> Parts(JsonElement error)
    {
        if (Value(error, "status") is { } status)
            yield return status.All(char.IsAsciiDigit) ? $"status {status}" : status;
        if (Value(error, "scope") is { } scope)
            yield return $"scope: {scope}";
        if (Value(error, "openid-configuration") is { } configuration)
            yield return $"configuration: {configuration}";
    }

    private static string? Value(JsonElement error, string name) =>
        error.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number && value.ToString() is { Length: > 0 } text ? Clean(text) : null;

    private static string Printable(ReadOnlySpan<byte> octets) => Clean(Encoding.UTF8.GetString(octets));

    private static string Clean(string text) =>
        string.Concat((text.Length > LongestValue ? text[..LongestValue] + "..." : text).Select(one => char.IsControl(one) ? '?' : one));
}
