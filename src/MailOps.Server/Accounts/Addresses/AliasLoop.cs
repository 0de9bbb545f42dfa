namespace MailOps.Server.Accounts.Addresses;

/// <summary>Finds aliases that lead back to themselves.</summary>
internal sealed class AliasLoop(AddressBook book)
{
    private readonly HashSet<int> _done = [];

    /// <summary>The names from the first that comes twice to itself again, or null. What was looked through is not looked through again, so a loop is told once.</summary>
    public IReadOnlyList<Address>? Find(Alias start)
    {
        if (_done.Contains(start.Line))
            return null;

        var path = new List<Step> { new(start, start.Name) };
        var onPath = new HashSet<int> { start.Line };
        while (path.Count > 0)
        {
            var step = path[^1];
            if (step.Next == step.Alias.Targets.Count)
            {
                _done.Add(step.Alias.Line);
                onPath.Remove(step.Alias.Line);
                path.RemoveAt(path.Count - 1);
                continue;
            }

            var target = book.TargetOf(step.Alias.Targets[step.Next++], step.Reached, "");
            if (book.NextAlias(target) is not { } next || IsOwnCopy(step.Alias, next))
                continue;
            if (onPath.Contains(next.Line))
            {
                _done.UnionWith(onPath);
                return [.. path.SkipWhile(one => one.Alias.Line != next.Line).Select(one => one.Alias.Name), next.Name];
            }

            if (_done.Contains(next.Line))
                continue;

            path.Add(new Step(next, target));
            onPath.Add(next.Line);
        }

        return null;
    }

    // An account's alias that names the account: a copy stays there.
    private bool IsOwnCopy(Alias alias, Alias next) =>
        alias.Line == next.Line && !alias.Name.IsWholeDomain && book.FindAccount(alias.Name) is not null;

    private sealed class Step(Alias alias, Address reached)
    {
        public Alias Alias { get; } = alias;

        public Address Reached { get; } = reached;

        public int Next { get; set; }
    }
}
