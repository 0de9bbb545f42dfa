using System.Diagnostics.CodeAnalysis;

namespace MailOps.Server.Connections;

/// <summary>A table with so many places: what was set longest ago makes room. For one thread at a time.</summary>
internal sealed class RecentTable<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _byKey = [];
    private readonly LinkedList<(TKey Key, TValue Value)> _byAge = new();

    public int Count => _byKey.Count;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        var found = _byKey.TryGetValue(key, out var node);
        value = found ? node!.Value.Value : default;
        return found;
    }

    public void Set(TKey key, TValue value)
    {
        if (_byKey.TryGetValue(key, out var node))
        {
            node.Value = (key, value);
            _byAge.Remove(node);
            _byAge.AddLast(node);
            return;
        }

        if (_byKey.Count >= capacity)
            Remove(_byAge.First!.Value.Key);
        _byKey[key] = _byAge.AddLast((key, value));
    }

    public void Remove(TKey key)
    {
        if (_byKey.Remove(key, out var node))
            _byAge.Remove(node);
    }
}
