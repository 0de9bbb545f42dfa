using System.Text;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>Blocks of memory for the names of a folder's messages.</summary>
internal sealed class NameArena
{
    private const int SmallestBlock = 1024;
    private const int LargestBlock = 256 * 1024;

    private byte[] _block = [];
    private int _used;

    internal MessageName Add(ReadOnlySpan<byte> octets)
    {
        if (_block.Length - _used < octets.Length)
        {
            // Small folders are many: the first blocks are small.
            _block = new byte[Math.Max(octets.Length, Math.Clamp(_block.Length * 2, SmallestBlock, LargestBlock))];
            _used = 0;
        }

        octets.CopyTo(_block.AsSpan(_used));
        var name = new MessageName(_block, _used, octets.Length);
        _used += octets.Length;
        return name;
    }

    internal MessageName Add(string name) => Add(Encoding.UTF8.GetBytes(name));
}
