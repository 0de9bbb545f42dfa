using System.Globalization;
using System.Text;
using Xunit;

namespace MailOps.Core.Tests.Maildir.PowerCut;

/// <summary>What was found wrong in all states of one test, each kind once with its first state.</summary>
internal sealed class Tally(PowerCutDisk disk, int first)
{
    private readonly SortedDictionary<string, (int Count, CrashState First)> _kinds = new(StringComparer.Ordinal);

    internal int NewValidities { get; private set; }

    internal IEnumerable<string> Kinds => _kinds.Keys;

    internal void Add(FileSystemModel model, CrashState state, Aftermath aftermath)
    {
        NewValidities += aftermath.NewValidities;
        foreach (var complaint in aftermath.Complaints)
        {
            var kind = $"{model}: {complaint}";
            _kinds[kind] = _kinds.TryGetValue(kind, out var known) ? (known.Count + 1, known.First) : (1, state);
        }
    }

    internal void AssertNone()
    {
        if (_kinds.Count == 0)
            return;
        var text = new StringBuilder();
        foreach (var (kind, (count, state)) in _kinds)
        {
            text.Append(CultureInfo.InvariantCulture, $"{kind} ({count} states)\n    {state.Story}\n");
            foreach (var line in state.Image.Lines())
                text.Append("        ").Append(line).Append('\n');
        }

        text.Append("Steps:\n");
        for (var i = first; i < disk.Operations.Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"    {i}: {Say(disk.Operations[i])}\n");
        Assert.Fail(text.ToString());
    }

    private static string Say(DiskOperation operation) => operation switch
    {
        WriteOctets write => $"write {write.Octets.Length} octets at {write.Offset} of inode {write.Inode}",
        AddName add => $"add {add.Name} = {add.Inode} in {add.Directory}",
        RemoveName remove => $"remove {remove.Name} in {remove.Directory}",
        MoveName move => $"rename {move.OldName} in {move.From} to {move.NewName} in {move.To}, inode {move.Inode}",
        _ => operation.ToString(),
    };
}
