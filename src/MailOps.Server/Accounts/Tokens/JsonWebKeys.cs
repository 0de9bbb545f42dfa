using System.Text.Json;

namespace MailOps.Server.Accounts.Tokens;

/// <summary>The keys of one state of a JWKS file (RFC 7517 section 5).</summary>
internal sealed class JsonWebKeys
{
    /// <summary>More than any issuer publishes.</summary>
    public const int Most = 64;

    private JsonWebKeys(IReadOnlyList<JsonWebKey> keys) => Keys = keys;

    public IReadOnlyList<JsonWebKey> Keys { get; }

    /// <summary>Reads a file's content. Keys of kinds that are not used here are passed over; one that can be used must be there.</summary>
    /// <exception cref="FormatException">It is no JWKS, or holds no key that can be used. The message says why.</exception>
    public static JsonWebKeys Read(ReadOnlyMemory<byte> content)
    {
        try
        {
            using var document = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind is not JsonValueKind.Object || !document.RootElement.TryGetProperty("keys", out var keys) || keys.ValueKind is not JsonValueKind.Array)
                throw new FormatException("it is no JWKS: an object with an array 'keys' is expected (RFC 7517 section 5)");
            if (keys.GetArrayLength() > Most)
                throw new FormatException($"it has {keys.GetArrayLength()} keys, more than {Most}");

            var usable = new List<JsonWebKey>();
            var problems = new List<string>();
            foreach (var key in keys.EnumerateArray())
            {
                if (JsonWebKey.TryRead(key, out var problem) is { } read)
                    usable.Add(read);
                else
                    problems.Add($"key {usable.Count + problems.Count + 1} {problem}");
            }

            return usable.Count > 0
                ? new JsonWebKeys(usable)
                : throw new FormatException(problems.Count == 0 ? "it has no keys" : $"it has no key that can be used: {string.Join("; ", problems)}");
        }
        catch (JsonException e)
        {
            throw new FormatException($"it is not JSON: {e.Message}", e);
        }
    }
}
