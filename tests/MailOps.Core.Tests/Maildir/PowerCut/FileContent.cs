namespace MailOps.Core.Tests.Maildir.PowerCut;

/// <summary>A file's octets. They never change; a write makes other content.</summary>
internal sealed class FileContent(byte[] octets)
{
    internal static FileContent Empty { get; } = new([]);

    internal byte[] Octets { get; } = octets;

    /// <summary>Tells contents apart (FNV-1a, 64 bits), counted once.</summary>
    internal ulong Hash => field == 0 ? field = Count() : field;

    /// <summary>This content after a write.</summary>
    internal FileContent After(WriteOctets write)
    {
        var after = new byte[Math.Max(Octets.Length, write.Offset + write.Octets.Length)];
        Octets.CopyTo(after, 0);
        write.Octets.CopyTo(after, write.Offset);
        return new FileContent(after);
    }

    private ulong Count()
    {
        var hash = 14695981039346656037;
        foreach (var octet in Octets)
            hash = (hash ^ octet) * 1099511628211;
        return hash | 1;
    }
}
