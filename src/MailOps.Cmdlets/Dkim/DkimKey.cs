using MailOps.Trust.Dkim;

namespace MailOps.Cmdlets.Dkim;

/// <summary>A DKIM key of a mail store, with the DNS record that has to be published for it. Nothing of the private key is in it.</summary>
public sealed class DkimKey
{
    /// <summary>The signing domain, in lower case and punycode.</summary>
    public string Domain { get; init; } = "";

    /// <summary>The selector, which tells the keys of a domain apart.</summary>
    public string Selector { get; init; } = "";

    /// <summary>Rsa or Ed25519.</summary>
    public DkimKeyKind KeyType { get; init; }

    /// <summary>The key's length in bits.</summary>
    public int KeySize { get; init; }

    /// <summary>True if mail of the domain is to be signed with it.</summary>
    public bool IsActive { get; init; }

    /// <summary>The name of the TXT record, without a dot at the end.</summary>
    public string RecordName { get; init; } = "";

    /// <summary>The value of the TXT record in one piece, as most providers' forms take it.</summary>
    public string RecordValue { get; init; } = "";

    /// <summary>The value in strings of at most 255 octets, as the record holds them.</summary>
    public string[] RecordStrings { get; init; } = [];

    /// <summary>The record as a line of a zone file.</summary>
    public string ZoneLine { get; init; } = "";

    /// <summary>When the key's file was last written.</summary>
    public DateTimeOffset Written { get; init; }

    /// <summary>The file of the private key.</summary>
    public string Path { get; init; } = "";

    /// <summary>The store's folder.</summary>
    public string StorePath { get; init; } = "";

    /// <summary>The record's name.</summary>
    public override string ToString() => RecordName;

    internal static DkimKey From(DkimKeyRecord record, string storePath) => new()
    {
        Domain = record.Domain,
        Selector = record.Selector,
        KeyType = record.KeyType is DkimKeyType.Rsa ? DkimKeyKind.Rsa : DkimKeyKind.Ed25519,
        KeySize = record.KeySize,
        IsActive = record.IsActive,
        RecordName = record.RecordName,
        RecordValue = record.RecordValue,
        RecordStrings = [.. record.RecordStrings],
        ZoneLine = record.ZoneLine,
        Written = record.Written,
        Path = record.Path,
        StorePath = storePath,
    };
}
