using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace RemoteSigning.Cryptoki.Interop;

/// <summary>
/// The PKCS#11 calls of one session. Only one thread at a time may use it. Key handles are good for all
/// sessions of a login and shared between them.
/// </summary>
internal sealed unsafe class Session(
    Functions functions, CULong slot, CULong handle, ConcurrentDictionary<(uint ObjectClass, string Label), CULong> keys)
{
    private const int MaxWrappedLength = 8192;

    /// <summary>An operation or an object of this session is left over: it must be closed, not used again.</summary>
    public bool IsTainted { get; private set; }

    /// <summary>CK_STATE, or null when the session is gone.</summary>
    public nuint? State
    {
        get
        {
            CkSessionInfo info;
            return functions.GetSessionInfo(handle, &info).Value == Ckr.Ok ? info.State.Value : null;
        }
    }

    public bool IsLoggedIn => State is Cks.ReadWriteUser or Cks.ReadOnlyUser;

    /// <summary>SoftHSM goes on answering for a token whose store is gone, as if it were empty; this call tells.</summary>
    public bool IsTokenPresent
    {
        get
        {
            CkTokenInfo info;
            return functions.GetTokenInfo(slot, &info).Value == Ckr.Ok;
        }
    }

    public static Session Open(
        Functions functions, CULong slot, ConcurrentDictionary<(uint ObjectClass, string Label), CULong> keys)
    {
        CULong handle;
        HsmException.ThrowIfFailed(
            "C_OpenSession",
            functions.OpenSession(slot, new CULong(Ckf.SerialSession | Ckf.RwSession), null, null, &handle));
        return new Session(functions, slot, handle, keys);
    }

    /// <summary>This session is not to be used again.</summary>
    public void Abandon() => IsTainted = true;

    /// <summary>Whether the session was still there to be closed makes no difference to the caller.</summary>
    public void Close() => _ = functions.CloseSession(handle);

    /// <summary>CK_RV of C_Login.</summary>
    /// <param name="userType">CK_USER_TYPE.</param>
    public nuint Login(uint userType, ReadOnlySpan<byte> pin)
    {
        fixed (byte* p = pin)
        {
            return functions.Login(handle, new CULong(userType), p, new CULong((uint)pin.Length)).Value;
        }
    }

    /// <summary>The only token object with this class and label.</summary>
    /// <exception cref="HsmException">There is none, or there are several.</exception>
    public CULong FindKey(uint objectClass, string label)
    {
        if (keys.TryGetValue((objectClass, label), out CULong known))
        {
            return known;
        }

        CULong* found = stackalloc CULong[2];
        AttributeTemplate template = new AttributeTemplate()
            .Add(Cka.Class, objectClass).Add(Cka.Token, true).Add(Cka.Label, label);
        CULong key = Find(template, found, 2) switch
        {
            0 => throw new HsmException($"The token holds no key '{label}' of the kind needed.", "C_FindObjects", Ckr.ObjectHandleInvalid),
            1 => found[0],
            _ => throw new HsmException($"The token holds several keys '{label}'.", "C_FindObjects", Ckr.GeneralError),
        };
        keys[(objectClass, label)] = key;
        return key;
    }

    /// <summary>True when the token holds any object with this label.</summary>
    public bool Holds(string label)
    {
        CULong found;
        return Find(new AttributeTemplate().Add(Cka.Token, true).Add(Cka.Label, label), &found, 1) > 0;
    }

    /// <exception cref="HsmException">Not logged in, or the token is gone.</exception>
    public void CheckLogin()
    {
        if (!IsLoggedIn)
        {
            throw new HsmException("C_GetSessionInfo", State is null ? Ckr.SessionHandleInvalid : Ckr.UserNotLoggedIn);
        }

        if (!IsTokenPresent)
        {
            throw new HsmException("C_GetTokenInfo", Ckr.TokenNotPresent);
        }
    }

    /// <returns>Length of the signature.</returns>
    public int Sign(CULong key, CkMechanism* mechanism, ReadOnlySpan<byte> data, Span<byte> signature)
    {
        HsmException.ThrowIfFailed("C_SignInit", functions.SignInit(handle, mechanism, key));
        var length = new CULong((uint)signature.Length);
        byte none = 0;
        fixed (byte* pinned = data, output = signature)
        {
            // The span of an empty array has no address, but modules insist on one.
            byte* input = data.IsEmpty ? &none : pinned;
            CULong result = functions.Sign(handle, input, new CULong((uint)data.Length), output, &length);

            // The only failure that leaves the operation active (PKCS#11 v2.40, C_Sign).
            IsTainted |= result.Value == Ckr.BufferTooSmall;
            HsmException.ThrowIfFailed("C_Sign", result);
        }

        return (int)length.Value;
    }

    /// <summary>Makes an object of given values.</summary>
    public CULong Create(AttributeTemplate template)
    {
        CULong made;
        HsmException.ThrowIfFailed(
            "C_CreateObject", functions.CreateObject(handle, template.Pointer, new CULong((uint)template.Count), &made));
        GC.KeepAlive(template);
        return made;
    }

    public CULong GenerateKey(uint mechanismType, AttributeTemplate template)
    {
        CkMechanism mechanism = default;
        mechanism.Type = new CULong(mechanismType);
        CULong key;
        HsmException.ThrowIfFailed(
            "C_GenerateKey",
            functions.GenerateKey(handle, &mechanism, template.Pointer, new CULong((uint)template.Count), &key));
        GC.KeepAlive(template);
        return key;
    }

    public (CULong PublicKey, CULong PrivateKey) GenerateKeyPair(
        uint mechanismType, AttributeTemplate publicTemplate, AttributeTemplate privateTemplate)
    {
        CkMechanism mechanism = default;
        mechanism.Type = new CULong(mechanismType);
        CULong publicKey, privateKey;
        HsmException.ThrowIfFailed("C_GenerateKeyPair", functions.GenerateKeyPair(
            handle,
            &mechanism,
            publicTemplate.Pointer,
            new CULong((uint)publicTemplate.Count),
            privateTemplate.Pointer,
            new CULong((uint)privateTemplate.Count),
            &publicKey,
            &privateKey));
        GC.KeepAlive(publicTemplate);
        GC.KeepAlive(privateTemplate);
        return (publicKey, privateKey);
    }

    public byte[] Wrap(uint mechanismType, CULong wrappingKey, CULong key)
    {
        CkMechanism mechanism = default;
        mechanism.Type = new CULong(mechanismType);
        byte* wrapped = stackalloc byte[MaxWrappedLength];
        var length = new CULong(MaxWrappedLength);
        HsmException.ThrowIfFailed("C_WrapKey", functions.WrapKey(handle, &mechanism, wrappingKey, key, wrapped, &length));
        return new ReadOnlySpan<byte>(wrapped, (int)length.Value).ToArray();
    }

    public CULong Unwrap(uint mechanismType, CULong unwrappingKey, ReadOnlySpan<byte> wrapped, AttributeTemplate template)
    {
        CkMechanism mechanism = default;
        mechanism.Type = new CULong(mechanismType);
        CULong key;
        fixed (byte* input = wrapped)
        {
            HsmException.ThrowIfFailed("C_UnwrapKey", functions.UnwrapKey(
                handle,
                &mechanism,
                unwrappingKey,
                input,
                new CULong((uint)wrapped.Length),
                template.Pointer,
                new CULong((uint)template.Count),
                &key));
        }

        GC.KeepAlive(template);
        return key;
    }

    /// <summary>
    /// Destroys a session object. Where the token refuses, the session is closed instead, and the object ends with it.
    /// </summary>
    public void Destroy(CULong key) => IsTainted |= functions.DestroyObject(handle, key).Value != Ckr.Ok;

    /// <summary>An attribute of variable length, up to 2,048 bytes.</summary>
    public byte[] Attribute(CULong key, uint type)
    {
        const int most = 2048;
        byte* value = stackalloc byte[most];
        CkAttribute attribute;
        attribute.Type = new CULong(type);
        attribute.Value = value;
        attribute.Length = new CULong(most);
        HsmException.ThrowIfFailed("C_GetAttributeValue", functions.GetAttributeValue(handle, key, &attribute, new CULong(1)));
        return new ReadOnlySpan<byte>(value, (int)attribute.Length.Value).ToArray();
    }

    private int Find(AttributeTemplate template, CULong* found, uint most)
    {
        HsmException.ThrowIfFailed(
            "C_FindObjectsInit", functions.FindObjectsInit(handle, template.Pointer, new CULong((uint)template.Count)));
        GC.KeepAlive(template);
        CULong count;
        CULong result = functions.FindObjects(handle, found, new CULong(most), &count);
        IsTainted |= functions.FindObjectsFinal(handle).Value != Ckr.Ok;
        HsmException.ThrowIfFailed("C_FindObjects", result);
        if (count.Value == 0)
        {
            // Private objects are invisible without a login, and a lost token looks empty: neither means "no such key".
            CheckLogin();
        }

        return (int)count.Value;
    }
}
