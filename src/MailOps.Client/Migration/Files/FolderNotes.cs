using System.Text.Json;
using System.Text.Json.Serialization;

namespace MailOps.Client.Migration.Files;

/// <summary>What files have no place for: what folders are for, and which the account is subscribed to. The file <c>.mailops-folders</c> at the top of the tree.</summary>
internal sealed partial class FolderNotes(string root)
{
    private readonly string _path = Path.Join(root, ".mailops-folders");

    /// <summary>What is noted of a folder.</summary>
    internal sealed record Note(string? Use, bool IsSubscribed);

    /// <summary>What is noted, by the names of folders.</summary>
    /// <exception cref="IOException">The file cannot be read, or is none of these.</exception>
    public IReadOnlyDictionary<string, Note> Read()
    {
        if (!File.Exists(_path))
            return new Dictionary<string, Note>(StringComparer.Ordinal);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(_path), Json.Default.DictionaryStringNote) ?? [];
        }
        catch (JsonException e)
        {
            throw new IOException($"{_path} is damaged ({e.Message}). It holds which folders are subscribed to and what they are for: delete it to go on without.", e);
        }
    }

    /// <summary>Changes what is noted of a folder: all of the file is there afterwards, or it is as it was.</summary>
    public void Change(string folder, Func<Note, Note> change)
    {
        var notes = new SortedDictionary<string, Note>(Read().ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
        notes[folder] = change(notes.GetValueOrDefault(folder) ?? new Note(Use: null, IsSubscribed: false));
        var unfinished = _path + ".part";
        using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            JsonSerializer.Serialize(file, new Dictionary<string, Note>(notes, StringComparer.Ordinal), Json.Default.DictionaryStringNote);
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, _path, overwrite: true);
    }

    [JsonSourceGenerationOptions(WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
    [JsonSerializable(typeof(Dictionary<string, Note>))]
    private sealed partial class Json : JsonSerializerContext;
}
