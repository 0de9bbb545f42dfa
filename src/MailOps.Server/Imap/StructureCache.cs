using MailOps.Messages;

namespace MailOps.Server.Imap;

/// <summary>The structures of the messages a session looked at last, by UID. Messages never change, so what is here stays true.</summary>
internal sealed class StructureCache
{
    private const int Capacity = 32;

    private readonly Dictionary<uint, MessageStructure> _structures = [];
    private readonly Queue<uint> _order = new();

    public MessageStructure? Find(uint uid) => _structures.GetValueOrDefault(uid);

    public void Add(uint uid, MessageStructure structure)
    {
        if (!_structures.TryAdd(uid, structure))
            return;
        _order.Enqueue(uid);
        if (_order.Count > Capacity)
            _structures.Remove(_order.Dequeue());
    }

    public void Clear()
    {
        _structures.Clear();
        _order.Clear();
    }
}
