using System.Text.Json;
using System.Text.Json.Serialization;
using MailOps.Dns;

namespace MailOps.Trust.MtaSts;

/// <summary>A policy as its file has it.</summary>
internal sealed record MtaStsCacheFile
{
    /// <summary>How the files are written.</summary>
    internal static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter<MtaStsMode>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        WriteIndented = true,
    };

    public required string Domain { get; init; }

    public required string Id { get; init; }

    public required DateTimeOffset Fetched { get; init; }

    public required MtaStsMode Mode { get; init; }

    /// <summary>In seconds.</summary>
    public required long MaxAge { get; init; }

    public required IReadOnlyList<string> Mx { get; init; }

    internal static MtaStsCacheFile Of(MtaStsCacheEntry entry) => new()
    {
        Domain = entry.Domain.Ascii,
        Id = entry.Id,
        Fetched = entry.Fetched,
        Mode = entry.Policy.Mode,
        MaxAge = (long)entry.Policy.MaxAge.TotalSeconds,
        Mx = entry.Policy.Mx,
    };

    /// <summary>The entry, or null if the file says what no policy of this domain does.</summary>
    internal MtaStsCacheEntry? ToEntry(DnsName domain)
    {
        if (Domain != domain.Ascii || Fetched.Year > 9000 || Id is null || MaxAge is < 0 or > MtaStsPolicy.LargestMaxAge || Mx is null || Mx.Any(string.IsNullOrEmpty) || (Mx.Count == 0 && Mode != MtaStsMode.None))
            return null;
        return new MtaStsCacheEntry(domain, Id, Fetched, new MtaStsPolicy(Mode, TimeSpan.FromSeconds(MaxAge), [.. Mx]));
    }
}
