(()=>{
const narrow=matchMedia('(max-width:40rem)').matches;
const sections=[...document.querySelectorAll('details.sec')];
if(narrow)sections.slice(1).forEach(s=>s.open=false);
const reveal=()=>{const t=location.hash.length>1&&document.getElementById(location.hash.slice(1));
const s=t&&t.closest('details.sec');if(s){s.open=true;t.scrollIntoView()}};
addEventListener('hashchange',reveal);reveal();
const value=c=>{const n=parseFloat(c.textContent.replace('−','-'));return isNaN(n)?null:n};
document.querySelectorAll('main table').forEach(table=>{
const body=table.tBodies[0],rows=[...body.rows];
if(rows.length<5||table.closest('figure'))return;
if(!narrow)table.querySelectorAll('thead th').forEach((th,i)=>{
const b=document.createElement('button');b.type='button';b.className='sort';b.textContent=th.textContent;
th.textContent='';th.append(b);
b.onclick=()=>{const down=th.getAttribute('aria-sort')==='ascending';
table.querySelectorAll('thead th').forEach(o=>o.removeAttribute('aria-sort'));
th.setAttribute('aria-sort',down?'descending':'ascending');
const key=r=>th.classList.contains('n')?value(r.cells[i]):r.cells[i].textContent;
const known=rows.filter(r=>key(r)!==null),rest=rows.filter(r=>key(r)===null);
known.sort((x,y)=>{const a=key(x),c=key(y);return(typeof a==='number'?a-c:a.localeCompare(c,'zh-CN'))*(down?-1:1)});
body.append(...known,...rest)}});
if(rows.length<13)return;
const p=document.createElement('p'),l=document.createElement('label'),q=document.createElement('input');
p.className='find';l.textContent='筛选：';q.type='search';l.append(q);p.append(l);
const n=document.createElement('span');n.setAttribute('role','status');p.append(n);
table.closest('.scroll').before(p);
q.oninput=()=>{const t=q.value.trim();let k=0;rows.forEach(r=>{const s=r.textContent.includes(t);r.hidden=!s;k+=s});
n.textContent=t?' 剩'+k+'行':''}});
})()
