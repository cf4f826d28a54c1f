import fs from 'fs';
for (const f of fs.readdirSync('prof')) { const p=JSON.parse(fs.readFileSync('prof/'+f)); const self=new Map(); const dt=p.timeDeltas; const by=new Map(p.nodes.map(n=>[n.id,n]));
 let tot=0; const fn=new Map(), file=new Map();
 p.samples.forEach((id,i)=>{const n=by.get(id); const d=dt[i]; const k=n.callFrame.functionName+' '+n.callFrame.url.split('/').slice(-3).join('/')+':'+n.callFrame.lineNumber; fn.set(k,(fn.get(k)||0)+d); tot+=d;});
 const idle=[...fn].filter(([k])=>k.startsWith('(idle)')).reduce((a,[,v])=>a+v,0);
 console.log('\n##',f,'total ms',(tot/1000)|0,'busy',((tot-idle)/1000)|0);
 for(const [k,v] of [...fn].sort((a,b)=>b[1]-a[1]).slice(0,16)) console.log('  ',(v/1000).toFixed(0),k);
}
