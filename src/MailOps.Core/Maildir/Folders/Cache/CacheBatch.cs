using System.Buffers;
using MailOps.Messages;

namespace MailOps.Maildir.Folders.Cache;

/// <summary>What was found out about some messages and is to be kept: collected first, then written at once.</summary>
internal sealed class CacheBatch
{
    private readonly List<(uint Uid, ulong NameHash, RecordKind Kind, byte[] Content)> _records = [];

    /// <summary>True if there is nothing.</summary>
    public bool IsEmpty => _records.Count == 0;

    /// <summary>Takes what one message's record is to hold. What is too long for a record is let go.</summary>
    public void Add(uint uid, ulong nameHash, RecordKind kind, ReadOnlySpan<byte> content)
    {
        if (content.Length <= CacheRecord.MaxLength)
            _records.Add((uid, nameHash, kind, content.ToArray()));
    }

    /// <summary>The octets to append to a file with this header.</summary>
    public ReadOnlyMemory<byte> ToOctets(CacheHeader header)
    {
        var octets = new byte[_records.Sum(record => CacheRecord.HeaderLength + record.Content.Length)];
        var at = 0;
        foreach (var (uid, nameHash, kind, content) in _records)
        {
            CacheRecord.Write(octets.AsSpan(at), header.Key, uid, nameHash, kind, content);
            at += CacheRecord.HeaderLength + content.Length;
        }

        return octets;
    }
}
