namespace MailOps.Trust.Dkim;

/// <summary>What may be told of a key in a store: its public half and where it lies.</summary>
public sealed record DkimKeyRecord
{
    /// <summary>The longest string that a TXT record holds, in octets (RFC 1035 section 3.3).</summary>
    private const int MostInString = 255;

    /// <summary>The signing domain, in lower case and A-labels.</summary>
    public required string Domain { get; init; }

    /// <summary>The selector.</summary>
    public required string Selector { get; init; }

    /// <summary>What it signs with.</summary>
    public required DkimKeyType KeyType { get; init; }

    /// <summary>Its length in bits.</summary>
    public required int KeySize { get; init; }

    /// <summary>True if messages of the domain are signed with it.</summary>
    public required bool IsActive { get; init; }

    /// <summary>The file of the private key.</summary>
    public required string Path { get; init; }

    /// <summary>When the file was last written.</summary>
    public required DateTimeOffset Written { get; init; }

    /// <summary>The name of the TXT record (RFC 6376 section 3.6.2.1).</summary>
    public string RecordName => $"{Selector}._domainkey.{Domain}";

    /// <summary>The value of the TXT record (RFC 6376 section 3.6.1). Only SHA-256 is allowed with it.</summary>
    public required string RecordValue { get; init; }

    /// <summary>The value in strings of at most 255 octets, as a TXT record holds them; verifiers put them together again.</summary>
    public IReadOnlyList<string> RecordStrings => [.. RecordValue.Chunk(MostInString).Select(part => new string(part))];

    /// <summary>The record as a line of a zone file.</summary>
    public string ZoneLine => $"{RecordName}. IN TXT ( {string.Join(' ', RecordStrings.Select(part => $"\"{part}\""))} )";
}
