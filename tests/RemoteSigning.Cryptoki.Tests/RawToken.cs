using System.Runtime.InteropServices;
using System.Text;
using RemoteSigning.Cryptoki.Interop;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>Reaches the token past <see cref="Hsm"/>: does to it what other programs, operators and accidents do.</summary>
internal sealed unsafe class RawToken : IDisposable
{
    private readonly CryptokiModule _module = CryptokiModule.Acquire(SoftHsm.Module);
    private readonly string _label;
    private readonly string _folder;

    public RawToken(string label)
    {
        _label = label;
        _folder = Directory.EnumerateDirectories(SharedToken.Store.TokenFolder)
            .Single(f => File.ReadAllBytes(Path.Combine(f, "token.object")).AsSpan().IndexOf(Encoding.ASCII.GetBytes(label)) >= 0);
    }

    private string Elsewhere => Path.Combine(SharedToken.Store.Folder, $"{_label}.away");

    public void CloseAllSessions() => Alone(slot => Check(_module.Functions.CloseAllSessions(slot)));

    public void Logout() => Alone(slot =>
    {
        CULong session = OpenSession(slot);
        Check(_module.Functions.Logout(session));
        Check(_module.Functions.CloseSession(session));
    });

    /// <summary>As long as this session is open, the login lives.</summary>
    public void HoldSession() => Alone(slot => OpenSession(slot));

    /// <summary>All objects of the token and of all its sessions.</summary>
    public int CountObjects()
    {
        int result = 0;
        Alone(slot =>
        {
            const int most = 4096;
            CULong session = OpenSession(slot);
            Check(_module.Functions.FindObjectsInit(session, null, default));
            CULong* found = stackalloc CULong[most];
            CULong count;
            Check(_module.Functions.FindObjects(session, found, new CULong(most), &count));
            Check(_module.Functions.FindObjectsFinal(session));
            Check(_module.Functions.CloseSession(session));
            result = (int)count.Value;
        });
        return result;
    }

    public void ImportHmacKey(string label, byte[] secret) => Alone(slot =>
    {
        const uint value = 0x11;
        AttributeTemplate template = new AttributeTemplate()
            .Add(Cka.Class, Cko.SecretKey).Add(Cka.KeyType, Ckk.GenericSecret).Add(Cka.Token, true)
            .Add(Cka.Sign, true).Add(Cka.Label, label).Add(value, secret);
        var createObject = (delegate* unmanaged[Cdecl]<CULong, CkAttribute*, CULong, CULong*, CULong>)
            NativeLibrary.GetExport(NativeLibrary.Load(SoftHsm.Module), "C_CreateObject");
        CULong session = OpenSession(slot);
        CULong key;
        Check(createObject(session, template.Pointer, new CULong((uint)template.Count), &key));
        Check(_module.Functions.CloseSession(session));
        GC.KeepAlive(template);
    });

    /// <summary>Another library in the process takes the module down.</summary>
    public void FinalizeModule() => Alone(_ => Check(_module.Functions.FinalizeModule(null)));

    public void MoveAway() => Directory.Move(_folder, Elsewhere);

    public void MoveBack() => Directory.Move(Elsewhere, _folder);

    public void Delete() => Directory.Delete(_folder, recursive: true);

    public void Dispose() => _module.Release();

    private static void Check(CULong result) => HsmException.ThrowIfFailed("raw", result);

    private CULong OpenSession(CULong slot)
    {
        CULong session;
        Check(_module.Functions.OpenSession(slot, new CULong(Ckf.RwSession | Ckf.SerialSession), null, null, &session));
        return session;
    }

    private void Alone(Action<CULong> action)
    {
        _module.Use.EnterWriteLock();
        try
        {
            action(_module.FindSlot(_label));
        }
        finally
        {
            _module.Use.ExitWriteLock();
        }
    }
}
