using System.Globalization;
using MailOps.Client.Mboxes;

namespace MailOps.Client.Archives;

/// <summary>A directory of MH. Lines end with LF in its files, as the programs that read them expect; they are read as they lie.</summary>
internal sealed class MhFolder(string path)
{
    private static readonly TimeSpan Patience = MboxAppend.Patience;

    /// <summary>True for a directory that looks like one.</summary>
    public static bool IsOne(string path) => File.Exists(Path.Join(path, MhSequences.FileName)) || NumbersOf(path).Any();

    /// <summary>Its files, by their numbers, and how each is read.</summary>
    public IEnumerable<(string Path, Func<ArchivedMessage> Read)> Files()
    {
        var sequences = MhSequences.Read(path);
        foreach (var number in NumbersOf(path).Order())
        {
            var file = new FileInfo(PathOf(number));
            yield return (file.FullName, () => ArchiveReader.Message(file, ArchiveFormat.Mh, number, sequences.FlagsOf(number), new DateTimeOffset(file.LastWriteTime)));
        }
    }

    /// <summary>Adds messages, each whole or not at all.</summary>
    /// <returns>Their files.</returns>
    /// <exception cref="IOException">The directory cannot be written, is locked by another program, or has no numbers left.</exception>
    public async Task<IReadOnlyList<string>> AddAsync(IReadOnlyList<MessageToKeep> messages, CancellationToken cancel)
    {
        Directory.CreateDirectory(path);
        using var taken = await MboxLock.TakeAsync(Path.Join(path, MhSequences.FileName), Patience, cancel).ConfigureAwait(false);
        var sequences = MhSequences.Read(path);
        var known = NumbersOf(path).ToList();
        // Where nothing was said of messages, the file that is begun now would say that they were seen.
        if (!File.Exists(Path.Join(path, MhSequences.FileName)))
            known.ForEach(number => sequences.Set(number, []));
        var last = known.DefaultIfEmpty().Max();
        if (last > int.MaxValue - messages.Count)
            throw NoNumberAfter(last);
        var added = new List<string>(messages.Count);
        foreach (var message in messages)
        {
            var part = Path.Join(path, $",mailops-{Guid.NewGuid():N}");
            try
            {
                await File.WriteAllBytesAsync(part, WithLf(message.Octets), cancel).ConfigureAwait(false);
                File.SetLastWriteTimeUtc(part, message.Arrived.UtcDateTime);
                last = Place(part, last);
            }
            finally
            {
                File.Delete(part);
            }

            sequences.Set(last, message.Flags);
            added.Add(PathOf(last));
        }

        sequences.Write(path);
        return added;
    }

    // Programs that know no lock may take a number meanwhile.
    private int Place(string part, int last)
    {
        for (var number = last; ;)
        {
            if (number == int.MaxValue)
                throw NoNumberAfter(number);
            number++;
            try
            {
                File.Move(part, PathOf(number), overwrite: false);
                return number;
            }
            catch (IOException) when (Path.Exists(PathOf(number)))
            {
                // The next one.
            }
        }
    }

    private IOException NoNumberAfter(int last) =>
        new(string.Create(CultureInfo.InvariantCulture, $"'{path}' has a file named {last}, and the highest number of a message is {int.MaxValue}: too few are left. Give that file a lower number, or number the folder anew (folder -pack)."));

    private string PathOf(int number) => Path.Join(path, number.ToString(CultureInfo.InvariantCulture));

    private static IEnumerable<int> NumbersOf(string path) => Directory.EnumerateFiles(path).Select(Path.GetFileName)
        .Where(name => name![0] != '0' && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        .Select(name => int.Parse(name!, CultureInfo.InvariantCulture));

    private static byte[] WithLf(byte[] octets)
    {
        var lines = new byte[octets.Length];
        var length = 0;
        for (var i = 0; i < octets.Length; i++)
        {
            if (octets[i] != '\r' || i + 1 == octets.Length || octets[i + 1] != '\n')
                lines[length++] = octets[i];
        }

        return lines[..length];
    }
}
