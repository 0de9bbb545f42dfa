using System.Security.Cryptography;
using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Folders.Log;

/// <summary>
/// The file <c>mailops-log</c> of a folder: which mod-sequence each message has, with the flags it had then, and which UIDs were
/// expunged (RFC 7162). It is written under the lock of <c>dovecot-uidlist</c>, always after the change it tells of, and read by
/// anyone. Where it differs from the directories they are right, and whoever finds that out writes the next record.
/// </summary>
internal sealed class ChangeLog(IMaildirDisk disk, Func<string> path)
{
    internal const string FileName = "mailops-log";

    // Beyond these the oldest expunges are forgotten; a client from before them is told all UIDs that are not there.
    private const int MostExpunges = 50_000;

    private const int FewRecords = 500;

    private ChangeLogHeader _header;
    private FileFacts? _facts;
    private long _length;
    private int _recordsAtRewrite;

    /// <summary>The highest mod-sequence that was written.</summary>
    internal ulong Highest { get; private set; }

    /// <summary>Expunges up to this mod-sequence are not known.</summary>
    internal ulong Floor => _header.Floor;

    /// <summary>The UIDVALIDITY of the file, 0 if it was not read.</summary>
    internal uint UidValidity => _header.UidValidity;

    /// <summary>True if much of it is overtaken by later records.</summary>
    internal bool IsWordy => (_length - ChangeLogHeader.Length) / ChangeRecord.Length > FewRecords + (2L * _recordsAtRewrite);

    /// <summary>The beginning of the file as it was read.</summary>
    internal ChangeLogHeader Header => _header;

    /// <summary>The file as it was read.</summary>
    internal FileFacts? Facts => _facts;

    /// <summary>True if the file is not as it was read.</summary>
    internal bool HasChanged() => disk.Stat(path()) != _facts;

    /// <summary>Goes on from where an index was written.</summary>
    /// <returns>False if the file is another one, or has more in it.</returns>
    internal bool TryResume(ChangeLogHeader header, ulong highest, Index.IndexHeader.FileMark mark)
    {
        var facts = disk.Stat(path());
        Span<byte> start = stackalloc byte[ChangeLogHeader.Length];
        if (facts is null || Index.IndexHeader.FileMark.Of(facts) != mark || disk.ReadStart(path(), start) != start.Length
            || ChangeLogHeader.TryRead(start) is not { } read || read with { Records = header.Records } != header)
            return false;
        _header = read;
        _length = facts.Value.Length;
        _facts = facts;
        Highest = highest;
        return true;
    }

    /// <summary>Reads the whole file.</summary>
    /// <returns>Null if it is missing, of another UIDVALIDITY, shorter than it was, or does not end with a whole record.</returns>
    internal List<ChangeRecord>? Read(uint uidValidity)
    {
        // Looked at before it is read: what is appended in between is read again.
        var facts = disk.Stat(path());
        var octets = facts is null ? null : disk.ReadAll(path());
        if (octets is null || ChangeLogHeader.TryRead(octets) is not { } header)
            return null;
        _header = header;
        Highest = Math.Max(Highest, header.Highest);
        var records = new List<ChangeRecord>();
        var isWhole = TryReadRecords(octets.AsSpan(ChangeLogHeader.Length), records);
        if (header.UidValidity != uidValidity || !isWhole || records.Count < header.Records)
            return null;
        _facts = facts;
        _length = octets.Length;
        _recordsAtRewrite = records.Count;
        return records;
    }

    /// <summary>Reads what others appended since.</summary>
    /// <returns>Null if the file was replaced or is damaged, or somebody is writing to it; then all of it must be read.</returns>
    internal List<ChangeRecord>? ReadTail()
    {
        var facts = disk.Stat(path());
        if (facts is null || _facts is null || facts.Value.Inode != _facts.Value.Inode || facts.Value.Inode == 0 || facts.Value.Length < _length)
            return null;
        if (disk.ReadFrom(path(), _length) is not { } octets)
            return null;
        var records = new List<ChangeRecord>();
        var isWhole = TryReadRecords(octets, records);
        if (!isWhole)
            return null;
        _length += (long)records.Count * ChangeRecord.Length;
        _facts = facts.Value with { Length = _length };
        return records;
    }

    /// <summary>Appends records. The list is locked, and all that others wrote was read.</summary>
    internal void Append(List<ChangeRecord> records)
    {
        var octets = new byte[records.Count * ChangeRecord.Length];
        for (var i = 0; i < records.Count; i++)
            records[i].Write(octets.AsSpan(i * ChangeRecord.Length), _header.Salt);
        if (!disk.Append(path(), octets))
            throw new MailStoreException(StoreFault.Broken, $"Cannot append to '{path()}': another program removed it.");
        _length += octets.Length;
        CountRecords();
        _facts = disk.Stat(path());
        Highest = Math.Max(Highest, records.Max(record => record.ModSeq));
    }

    // After the records themselves: who reads in between finds more than were counted.
    private void CountRecords()
    {
        _header = _header with { Records = (uint)((_length - ChangeLogHeader.Length) / ChangeRecord.Length) };
        Span<byte> octets = stackalloc byte[ChangeLogHeader.Length];
        _header.Write(octets);
        try
        {
            disk.Overwrite(path(), octets);
        }
        catch (MailStoreException)
        {
            // The records are there; the next count has them.
        }
    }

    /// <summary>Writes the file anew. The list is locked.</summary>
    internal void Rewrite(uint uidValidity, ulong floor, ulong highest, List<ChangeRecord> records)
    {
        var header = new ChangeLogHeader(uidValidity, (uint)RandomNumberGenerator.GetInt32(int.MaxValue), floor, highest, (uint)records.Count);
        var octets = new byte[ChangeLogHeader.Length + (records.Count * ChangeRecord.Length)];
        header.Write(octets);
        for (var i = 0; i < records.Count; i++)
            records[i].Write(octets.AsSpan(ChangeLogHeader.Length + (i * ChangeRecord.Length)), header.Salt);
        var scratch = path() + ".tmp";
        disk.Unlink(scratch);
        disk.Create(scratch, [octets]);
        disk.Flush(scratch);
        disk.Rename(scratch, path());
        _header = header;
        _length = octets.Length;
        _facts = disk.Stat(path());
        _recordsAtRewrite = records.Count;
        Highest = highest;
    }

    /// <summary>Writes only the last word on each UID, and the expunges that are remembered. The list is locked, and all was read.</summary>
    /// <returns>False if the file is damaged.</returns>
    internal bool Compact()
    {
        var highest = Highest;
        if (Read(UidValidity) is not { } records)
            return false;
        var segments = ChangeSegments.Resolve(records);
        var floor = Floor;
        var expunges = segments.Where(segment => segment.IsExpunge).Select(segment => segment.ModSeq).ToList();
        if (expunges.Count > MostExpunges)
        {
            expunges.Sort();
            floor = expunges[expunges.Count - (MostExpunges / 2)];
            segments.RemoveAll(segment => segment.IsExpunge && segment.ModSeq <= floor);
        }

        Rewrite(UidValidity, floor, Math.Max(highest, Highest), segments);
        return true;
    }

    private bool TryReadRecords(ReadOnlySpan<byte> octets, List<ChangeRecord> records)
    {
        for (; octets.Length >= ChangeRecord.Length; octets = octets[ChangeRecord.Length..])
        {
            if (!ChangeRecord.TryRead(octets, _header.Salt, out var record))
                return false;
            records.Add(record);
            Highest = Math.Max(Highest, record.ModSeq);
        }

        return octets.IsEmpty;
    }
}
