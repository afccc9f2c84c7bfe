using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace RemoteSigning.Cryptoki.Interop;

/// <summary>
/// An array of CK_ATTRIBUTE with its values, in pinned memory: the addresses stay good as long as the
/// object lives, so a template of a hot path is built once and kept.
/// </summary>
internal sealed unsafe class AttributeTemplate
{
    private const int MostAttributes = 16;
    private const int MostValueBytes = 512;

    private readonly CkAttribute[] _attributes = GC.AllocateArray<CkAttribute>(MostAttributes, pinned: true);
    private readonly byte[] _values = GC.AllocateArray<byte>(MostValueBytes, pinned: true);
    private readonly List<AttributeTemplate> _nested = [];
    private int _used;

    public int Count { get; private set; }

    public CkAttribute* Pointer => (CkAttribute*)Marshal.UnsafeAddrOfPinnedArrayElement(_attributes, 0);

    public AttributeTemplate Add(uint type, bool value) => Add(type, [value ? (byte)1 : (byte)0]);

    public AttributeTemplate Add(uint type, uint value)
    {
        var number = new CULong(value);
        return Add(type, MemoryMarshal.AsBytes(new ReadOnlySpan<CULong>(in number)));
    }

    public AttributeTemplate Add(uint type, string value) => Add(type, Encoding.UTF8.GetBytes(value));

    /// <summary>An attribute whose value is an array of attributes.</summary>
    public AttributeTemplate Add(uint type, AttributeTemplate nested)
    {
        _nested.Add(nested);
        _attributes[Count++] = new CkAttribute
        {
            Type = new CULong(type),
            Value = nested.Pointer,
            Length = new CULong((uint)(nested.Count * sizeof(CkAttribute))),
        };
        return this;
    }

    public AttributeTemplate Add(uint type, ReadOnlySpan<byte> value)
    {
        value.CopyTo(_values.AsSpan(_used));
        _attributes[Count++] = new CkAttribute
        {
            Type = new CULong(type),
            Value = (void*)Marshal.UnsafeAddrOfPinnedArrayElement(_values, _used),
            Length = new CULong((uint)value.Length),
        };

        // Modules read CK_ULONG values in place: keep each aligned.
        _used = (_used + value.Length + 7) & ~7;
        return this;
    }

    /// <summary>Wipes the values, where one of them was secret. The template cannot be used again.</summary>
    public void Wipe()
    {
        CryptographicOperations.ZeroMemory(_values);
        Count = 0;
    }
}
