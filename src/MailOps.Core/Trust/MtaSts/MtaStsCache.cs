using System.Collections.Concurrent;
using System.Text.Json;
using MailOps.Dns;

namespace MailOps.Trust.MtaSts;

/// <summary>
/// The policies that were fetched, each in a small JSON file of a directory, so that they survive a restart: what protects
/// against an attacker who suppresses the answers is that the policy was seen before (RFC 8461 section 10.2). A file that is
/// damaged is passed over, and the policy is fetched anew.
/// </summary>
/// <remarks>One object serves any number of threads. Two processes may share the directory; each sees what the other wrote when it looks for a domain for the first time.</remarks>
public sealed class MtaStsCache
{
    private const string Extension = ".json";
    private const string Temporary = ".tmp";

    private readonly string _directory;
    private readonly ConcurrentDictionary<string, MtaStsCacheEntry> _entries = new(StringComparer.Ordinal);

    /// <summary>A cache in a directory, which is made if it is not there.</summary>
    /// <exception cref="IOException">The directory cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be made.</exception>
    public MtaStsCache(string directory)
    {
        _directory = directory;
        Directory.CreateDirectory(directory);

        // What a process left that ended while it wrote; a fresh one may be of another that is writing.
        foreach (var left in Directory.EnumerateFiles(directory, "*" + Temporary).Where(f => File.GetLastWriteTimeUtc(f) < DateTime.UtcNow.AddHours(-1)))
            TryDelete(left);
    }

    /// <summary>The policy of a domain, whether or not it still holds; null if none is kept.</summary>
    public MtaStsCacheEntry? Find(DnsName domain) =>
        _entries.TryGetValue(domain.Ascii, out var known) ? known
        : Read(domain) is { } read ? _entries.GetOrAdd(domain.Ascii, read) : null;

    /// <summary>Every policy that is kept.</summary>
    public IReadOnlyList<MtaStsCacheEntry> All()
    {
        foreach (var file in Directory.EnumerateFiles(_directory, "*" + Extension))
        {
            if (DnsName.TryParse(Path.GetFileName(file)[..^Extension.Length], out var domain, out _))
                Find(domain);
        }

        return [.. _entries.Values];
    }

    /// <summary>Keeps a policy in the place of the domain's earlier one.</summary>
    /// <returns>Null, or why it is kept in memory only: what is wrong with the disk.</returns>
    public string? Keep(MtaStsCacheEntry entry)
    {
        _entries[entry.Domain.Ascii] = entry;
        var path = PathOf(entry.Domain);
        var temporary = Path.Combine(_directory, $"{Guid.NewGuid():N}{Temporary}");
        try
        {
            // Whole or not at all: who reads it meanwhile sees the earlier one.
            File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(MtaStsCacheFile.Of(entry), MtaStsCacheFile.Json));
            File.Move(temporary, path, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            return $"The policy of {entry.Domain.Ascii} could not be written to {path}: {e.Message}";
        }
    }

    /// <summary>Forgets the policies that no longer hold.</summary>
    /// <param name="at">The time.</param>
    public void RemoveExpired(DateTimeOffset at)
    {
        foreach (var entry in All().Where(e => !e.Holds(at)))
        {
            // Not if another was kept meanwhile.
            if (((ICollection<KeyValuePair<string, MtaStsCacheEntry>>)_entries).Remove(new(entry.Domain.Ascii, entry)))
                TryDelete(PathOf(entry.Domain));
        }
    }

    // A DnsName has letters, digits, hyphens, underscores and single dots: no separator, no "..".
    private string PathOf(DnsName domain) => Path.Combine(_directory, domain.Ascii + Extension);

    private MtaStsCacheEntry? Read(DnsName domain)
    {
        try
        {
            using var file = new FileStream(PathOf(domain), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return file.Length > 4 * MtaStsPolicy.MaxOctets ? null : JsonSerializer.Deserialize<MtaStsCacheFile>(file, MtaStsCacheFile.Json)?.ToEntry(domain);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is only in the way: an expired policy is not used, and a temporary file not read.
        }
    }
}
